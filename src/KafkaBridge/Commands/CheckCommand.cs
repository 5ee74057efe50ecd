using KafkaBridge.Changes;
using KafkaBridge.Gates;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Commands;

/// <summary>Every precondition on every node and in Kafka, all at once, each with what to paste. Changes nothing.</summary>
internal sealed class CheckCommand(CommandContext context)
{
    readonly BridgeOptions options = context.Options;
    readonly List<Finding> findings = [];
    bool isKafkaUnreachable;

    public async Task<int> RunAsync(bool roleSql, bool acls, CancellationToken ct)
    {
        if (acls)
        {
            context.Output.WriteLine(string.Join('\n', KafkaAcls.For(options)));
            return ExitCode.Ok;
        }

        var databases = new NodeDatabases();
        var unreachable = 0;
        await using (databases)
        {
            foreach (var node in options.Nodes)
            {
                try
                {
                    databases.Add(await NodeDatabase.OpenAsync(node, ct));
                }
                catch (Exception exception) when (exception is Npgsql.NpgsqlException or StoppedException)
                {
                    var report = ErrorReport.Of(exception);
                    findings.Add(Finding.Error(node.Name, $"{report.What}: {report.Why}", report.Try));
                    unreachable++;
                }
            }

            var (tables, differences) = await ReplicatedTables.CompareAsync(databases, options, ct);
            if (roleSql)
            {
                await PrintRoleAsync(databases, tables.All, ct);
                return ExitCode.Ok;
            }

            foreach (var database in databases)
            {
                findings.AddRange(await Preflight.ServerAsync(database, options.Nodes.Count, ct));
                findings.AddRange(await Preflight.TablesAsync(database, tables.Names, ct));
                findings.AddRange(await Preflight.RoleAsync(database, tables.Names, options.Conflicts.ForeignKeys.Act, ct));
                findings.AddRange(await Preflight.RewritesAsync(database, ct));
                findings.AddRange(await Preflight.CommitTimesAsync(database, ct));
                await SlotAsync(database, ct);
            }

            findings.AddRange(unreachable == 0 ? differences : differences.Where(difference => databases.Count > 0));
            await KafkaAsync(tables.Names, ct);
        }

        Write();
        var errors = findings.Where(finding => finding.IsError).ToList();
        return errors.Count == 0 ? ExitCode.Ok
            : errors.Count == unreachable ? ExitCode.PostgresUnreachable
            : errors.Count == 1 && isKafkaUnreachable ? ExitCode.KafkaUnreachable
            : ExitCode.Precondition;
    }

    async Task SlotAsync(NodeDatabase database, CancellationToken ct)
    {
        var slot = await database.AtAsync(connection => ReplicationSlot.InspectAsync(connection, options.SlotName(database.Node), ct));
        if (slot is { IsLost: true })
        {
            findings.Add(
                Finding.Error(
                    database.Node.Name, $"the slot {slot.Name} is lost.",
                    "kafkabridge destroy --yes, make the tables equal, then kafkabridge apply --yes"));
        }
    }

    async Task KafkaAsync(IReadOnlyList<RelationName> tables, CancellationToken ct)
    {
        try
        {
            var differences = await TopicDifferences.ReadAsync(context, tables, ct);
            await ForeignRecordsAsync(differences, ct);
            await ForeignTopicsAsync(tables, ct);
            foreach (var difference in differences)
            {
                findings.Add(difference.CanBeApplied
                    ? Finding.Warning("kafka", difference.Sentence, "kafkabridge apply --yes")
                    : Finding.Error("kafka", difference.Sentence));
            }

            var topics = Wiring.Topics(options);
            foreach (var clash in tables.GroupBy(table => topics.ForTable(table).Replace('.', '_')).Where(group => group.Count() > 1))
            {
                findings.Add(
                    Finding.Error(
                        "kafka", $"the tables {string.Join(" and ", clash)} have topics that Kafka takes for one ('.' and '_' collide).",
                        "rename one, or take it out of 'tables'"));
            }
        }
        catch (Exception exception) when (exception is Confluent.Kafka.KafkaException or StoppedException or ConfigurationException)
        {
            var report = ErrorReport.Of(exception);
            isKafkaUnreachable = report.ExitCode == ExitCode.KafkaUnreachable;
            findings.Add(Finding.Error("kafka", $"{report.What}: {report.Why}", report.Try));
        }
    }

    /// <summary>A MirrorMaker alias, or another cluster, of the same name would meet ours one day.</summary>
    async Task ForeignTopicsAsync(IReadOnlyList<RelationName> tables, CancellationToken ct)
    {
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        if ((await ClusterTopics.ReadAsync(settings, options, tables, ct)).Others is { Count: > 0 } others)
        {
            findings.Add(Finding.Warning(
                "kafka", $"topics that begin with {options.Cluster}. and are none of the cluster's: {string.Join(", ", others)}.",
                "if a MirrorMaker alias or another cluster has this name, choose another for this one"));
        }
    }

    /// <summary>
    /// The logs that every node reads from the beginning: what is none of the cluster's is passed over there, and named
    /// here.
    /// </summary>
    async Task ForeignRecordsAsync(IReadOnlyList<TopicDifference> differences, CancellationToken ct)
    {
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        var topics = Wiring.Topics(options);
        var foreign = new List<string>();
        if (!IsMissing(topics.Nodes))
        {
            await using var membership = await Membership.OpenAsync(settings, topics, ct);
            foreign.AddRange(membership.Foreign);
        }

        if (options.Registry.Url is null && !IsMissing(topics.Schemas))
        {
            await using var registry = await EmbeddedSchemaRegistry.StartAsync(settings, topics, node: 0, ct);
            foreign.AddRange(registry.Foreign);
        }

        findings.AddRange(foreign.Select(record =>
            Finding.Warning("kafka", $"a record that is none of the cluster's is passed over: {record}.",
                "find who wrote it, and take the right to write there from him")));

        bool IsMissing(string topic) =>
            differences.Any(difference => difference.Topic.Name == topic && difference.Kind == TopicDifferenceKind.Missing);
    }

    async Task PrintRoleAsync(NodeDatabases databases, IReadOnlyList<TableDefinition> tables, CancellationToken ct)
    {
        foreach (var database in databases)
        {
            context.Output.WriteLine($"-- {NodeDatabase.Where(database.Node)}, as a superuser");
            var role = (await database.ScalarAsync<string>("SELECT current_user::text", ct))!;
            foreach (var line in RoleSql.For(role, (await database.IdentityAsync(ct)).Database, tables, options.Conflicts))
            {
                context.Output.WriteLine(line);
            }
        }
    }

    void Write()
    {
        if (context.Json)
        {
            context.WriteJson(new
            {
                schemaVersion = 1,
                ok = findings.TrueForAll(finding => !finding.IsError),
                findings = findings.Select(finding => new
                {
                    severity = finding.IsError ? "error" : "warning",
                    where = finding.Where,
                    sentence = finding.Sentence,
                    remedy = finding.Remedy,
                }),
            });
            return;
        }

        foreach (var finding in findings.OrderByDescending(finding => finding.IsError))
        {
            context.Output.WriteLine(
                options.Redaction.Apply($"{(finding.IsError ? "error  " : "warning")}  {finding.Where}: {finding.Sentence}"));
            if (finding.Remedy is not null)
            {
                context.Output.WriteLine($"         try: {finding.Remedy}");
            }
        }

        context.Output.WriteLine(
            findings.Count == 0
                ? "ok: nothing is missing"
                : $"{findings.Count(finding => finding.IsError)} errors, {findings.Count(finding => !finding.IsError)} warnings");
    }
}
