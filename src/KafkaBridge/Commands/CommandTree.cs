using System.Collections;
using System.CommandLine;
using KafkaBridge.Conflicts;
using KafkaBridge.Copying;
using KafkaBridge.Options;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Commands;

/// <summary>The commands, their options, and what happens around each: configuration in, exit code out, one form of error.</summary>
internal sealed class CommandTree(TextWriter output, TextWriter error)
{
    public const string DefaultFile = "kafkabridge.yaml";
    const string FileVariable = "KAFKABRIDGE_CONFIG";

    readonly Option<string?> file = new("--config", "-c")
    {
        Description = "The configuration file (else KAFKABRIDGE_CONFIG, else ./kafkabridge.yaml).",
        Recursive = true,
    };

    readonly Option<string> format = new("--output", "-o")
    {
        Description = "table or json.",
        Recursive = true,
        DefaultValueFactory = _ => "table",
    };

    readonly Option<string> logFormat = new("--log-format")
    {
        Description = "text or json.",
        Recursive = true,
        DefaultValueFactory = _ => "text",
    };

    readonly Option<bool> verbose = new("--verbose", "-v") { Description = "Log more.", Recursive = true };

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken ct)
    {
        var parsed = new CommandTree(output, error).Build().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
            {
                await error.WriteLineAsync($"error KB1002: {problem.Message}");
            }

            await error.WriteLineAsync("  try: kafkabridge --help");
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await parsed.InvokeAsync(configuration, ct);
    }

    RootCommand Build()
    {
        format.AcceptOnlyFromAmong("table", "json");
        logFormat.AcceptOnlyFromAmong("text", "json");
        var root = new RootCommand("Multi-master replication of PostgreSQL through Kafka.\n\n" + ExitCode.Help)
        {
            file, format, logFormat, verbose,
        };
        var yes = new Option<bool>("--yes") { Description = "Do it without asking." };
        var node = new Option<string?>("--node") { Description = "Only this node." };
        var copyFrom = new Option<string?>("--copy-from")
        {
            Description = "Fill the empty tables of nodes that are not in the cluster yet with this node's rows.",
        };
        var jobs = new Option<int>("--jobs")
        {
            Description = "Of --copy-from: how many pieces of tables at once.", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > InitialCopy.MaxJobs)
            {
                result.AddError($"--jobs must be 1 to {InitialCopy.MaxJobs}");
            }
        });
        var adminPort = new Option<int?>("--admin-port") { Description = "The admin endpoint's port on loopback; 0: none." };
        var roleSql = new Option<bool>("--role-sql") { Description = "Print the SQL that gives the nodes' roles what run needs." };
        var acls = new Option<bool>("--acls") { Description = "Print the commands that give the Kafka principal what run needs." };
        var caughtUp = new Option<bool>("--caught-up")
        {
            Description = "Wait until every node has applied what every other had committed.",
            Required = true,
        };
        var timeout = new Option<string>("--timeout") { Description = "60, 60s, 5m.", DefaultValueFactory = _ => "60" };
        var topics = new Option<bool>("--topics") { Description = "Delete the cluster's topics too." };
        var table = new Argument<string>("table") { Description = "schema.table" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what comes." };

        Add(root, "check", "Look for everything that is missing, on every node and in Kafka; changes nothing.", [roleSql, acls],
            (context, parsed, ct) => new CheckCommand(context).RunAsync(parsed.GetValue(roleSql), parsed.GetValue(acls), ct));
        Add(root, "plan", "Show what apply would do.", [],
            (context, _, ct) => new PlanCommand(context).RunAsync(ct));
        Add(root, "apply", "Make topics, schema, publications and slots as the file says.", [yes, copyFrom, jobs],
            (context, parsed, ct) => new ApplyCommand(context).RunAsync(
                parsed.GetValue(yes), parsed.GetValue(copyFrom), parsed.GetValue(jobs), ct));
        Add(root, "run", "Replicate, until a signal.", [node, adminPort],
            (context, parsed, ct) => new RunCommand(context).RunAsync(parsed.GetValue(node), parsed.GetValue(adminPort), ct));
        Add(root, "status", "How far each node is, from anywhere.", [],
            (context, _, ct) => new StatusCommand(context).RunAsync(ct));
        Add(root, "wait", "Wait until the nodes have caught up with each other.", [caughtUp, timeout],
            (context, parsed, ct) => new WaitCommand(context).RunAsync(Timeout(parsed.GetValue(timeout)!), ct));
        Add(root, "destroy", "Take the bridge out of the databases: slots, publications, schema, origins.", [yes, topics, node],
            (context, parsed, ct) => new DestroyCommand(context).RunAsync(
                parsed.GetValue(yes), parsed.GetValue(topics), parsed.GetValue(node), ct));
        var topic = new Command("topic", "The cluster's topics.");
        Add(topic, "plan", "Show how the topics differ from the wanted ones.", [],
            (context, _, ct) => new TopicCommands(context).PlanAsync(ct));
        Add(topic, "apply", "Make them as they should be.", [yes],
            (context, parsed, ct) => new TopicCommands(context).ApplyAsync(parsed.GetValue(yes), ct));
        var tap = Add(topic, "tap", "A table's changes, decoded, as JSON lines.", [follow],
            (context, parsed, ct) => new TapCommand(context).RunAsync(parsed.GetValue(table)!, parsed.GetValue(follow), ct));
        tap.Arguments.Add(table);
        root.Subcommands.Add(topic);
        root.Subcommands.Add(TxCommand(node));
        root.Subcommands.Add(ConflictCommand(node));
        root.Subcommands.Add(RowCommand());
        var standalone = new StandaloneCommands(output, error, file, format, (run, ct) => GuardedAsync(() => Redaction.None, run, ct));
        foreach (var command in standalone.All())
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    Command TxCommand(Option<string?> node)
    {
        var id = new Argument<string>("id") { Description = "What has halted: node:epoch:lsn, or topic/partition@offset." };
        var reason = new Option<string>("--reason") { Description = "Why, for who reads the dlq later.", Required = true };
        var tx = new Command("tx", "Transactions and records that a node has halted at.");
        Add(tx, "retry", "Try it again, now that the cause is removed.", [node], (context, parsed, ct) =>
            new TxCommands(context).RetryAsync(parsed.GetValue(id)!, parsed.GetValue(node), ct)).Arguments.Add(id);
        Add(tx, "skip", "Leave it out: it goes to the cluster's dlq first.", [node, reason], (context, parsed, ct) =>
            new TxCommands(context).SkipAsync(parsed.GetValue(id)!, parsed.GetValue(node), parsed.GetValue(reason)!, ct)).Arguments.Add(id);
        return tx;
    }

    Command ConflictCommand(Option<string?> node)
    {
        var conflict = new Command("conflict", "The conflict history: writes of one row whose writers did not know of each other.");
        var limit = new Option<int>("--limit") { Description = "The newest of each node.", DefaultValueFactory = _ => 50 };
        var id = new Argument<string>("id") { Description = "node:number, as list shows it." };
        var table = new Option<string?>("--table") { Description = "Only this one: schema.table." };
        var kind = new Option<string?>("--kind") { Description = "Only these: update_origin_differs, insert_exists, …" };
        var unreviewed = new Option<bool>("--unreviewed") { Description = "Only those that nobody has decided about." };
        Add(conflict, "list", "The newest conflicts of every node.", [node, limit, table, kind, unreviewed],
            (context, parsed, ct) => new ConflictCommands(context).ListAsync(
                parsed.GetValue(node), parsed.GetValue(limit),
                new ConflictFilter(parsed.GetValue(table), parsed.GetValue(kind), parsed.GetValue(unreviewed)), ct));
        Add(conflict, "show", "All that is known of one, both rows included, as JSON.", [],
            (context, parsed, ct) => new ConflictCommands(context).ShowAsync(parsed.GetValue(id)!, ct)).Arguments.Add(id);
        Add(conflict, "explain", "One sentence: who wrote what when, and why which version won.", [],
            (context, parsed, ct) => new ConflictCommands(context).ExplainAsync(parsed.GetValue(id)!, ct)).Arguments.Add(id);
        var take = new Option<string?>("--take") { Description = "remote or local: that row, or its absence, shall be it." };
        take.AcceptOnlyFromAmong("remote", "local");
        var set = new Option<string?>("--set") { Description = "A JSON object: these columns shall have these values." };
        var reason = new Option<string>("--reason") { Description = "Why, for who reads the history later.", Required = true };
        var force = new Option<bool>("--force") { Description = "Even if the row has changed since, or the conflict was reviewed." };
        Add(conflict, "resolve", "Decide: write the row on that node, from where it goes to all.", [take, set, reason, force],
            (context, parsed, ct) => new ConflictResolveCommand(context).RunAsync(
                parsed.GetValue(id)!,
                new ResolveRequest(parsed.GetValue(take), parsed.GetValue(set), parsed.GetValue(reason)!, parsed.GetValue(force)), ct))
            .Arguments.Add(id);
        var rules = Add(conflict, "rules", "Which rule decides each table and column.", [],
            (context, _, ct) => new ConflictRulesCommands(context).ListAsync(ct));
        var file = new Argument<string>("file") { Description = "YAML: what would stand under 'conflicts', alone or in a configuration." };
        Add(rules, "test", "Which of the recorded conflicts other rules would have decided otherwise.", [limit],
            (context, parsed, ct) => new ConflictRulesCommands(context).TestAsync(
                parsed.GetValue(file)!, parsed.GetValue(limit), ct)).Arguments.Add(file);
        return conflict;
    }

    Command RowCommand()
    {
        var table = new Argument<string>("table") { Description = "schema.table" };
        var key = new Argument<string>("key") { Description = "A JSON object of the key's columns; of one column the plain value." };
        var limit = new Option<int>("--limit") { Description = "The newest writes.", DefaultValueFactory = _ => 100 };
        var row = new Command("row", "One row, as the log has it.");
        var history = Add(row, "history", "Who wrote it what and when, which version won and why.", [limit], (context, parsed, ct) =>
            new RowCommands(context).HistoryAsync(parsed.GetValue(table)!, parsed.GetValue(key)!, parsed.GetValue(limit), ct));
        history.Arguments.Add(table);
        history.Arguments.Add(key);
        return row;
    }

    Command Add(
        Command parent, string name, string description, IEnumerable<Option> options,
        Func<CommandContext, ParseResult, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description);
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, ct) => WithConfigurationAsync(parsed, run, ct));
        parent.Subcommands.Add(command);
        return command;
    }

    async Task<int> WithConfigurationAsync(
        ParseResult parsed, Func<CommandContext, ParseResult, CancellationToken, Task<int>> run, CancellationToken ct)
    {
        BridgeOptions? options = null;
        return await GuardedAsync(() => options?.Redaction ?? Redaction.None, async () =>
        {
            var environment = new Dictionary<string, string>();
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                environment[(string)variable.Key] = (string?)variable.Value ?? "";
            }

            var name = parsed.GetValue(file) ?? environment.GetValueOrDefault(FileVariable) ?? DefaultFile;
            options = BridgeOptionsReader.Read(name, environment);
            var least = parsed.GetValue(verbose) ? LogLevel.Debug : LogLevel.Information;
            var json = parsed.GetValue(logFormat) == "json";
            using var log = new StandardErrorLog(json, least, options.Redaction, error, TimeProvider.System);
            return await run(new CommandContext(options, output, error, parsed.GetValue(format) == "json", log), parsed, ct);
        }, ct);
    }

    /// <summary>Turns what goes wrong into a sentence and an exit code.</summary>
    async Task<int> GuardedAsync(Func<Redaction> redaction, Func<Task<int>> run, CancellationToken ct)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            var report = ErrorReport.Of(exception);
            await error.WriteLineAsync(report.ToText(redaction()));
            return report.ExitCode;
        }
    }

    static TimeSpan Timeout(string text) =>
        Durations.TryParse(text, out var duration)
            ? duration
            : throw new StoppedException(ExitCode.Usage, "KB1003", $"--timeout must be a time such as 60, 60s or 5m, not '{text}'");
}
