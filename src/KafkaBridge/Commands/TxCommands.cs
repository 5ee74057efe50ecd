using KafkaBridge.Gates;
using KafkaBridge.Halts;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Monitoring;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Commands;

/// <summary><c>tx skip</c> and <c>tx retry</c>: what a person decides where a node has halted another's changes.</summary>
internal sealed class TxCommands(CommandContext context)
{
    readonly BridgeOptions options = context.Options;

    public async Task<int> RetryAsync(string text, string? node, CancellationToken ct)
    {
        var id = Parse(text);
        await using var databases = await OpenAsync(node, ct);
        var halted = await HaltedAsync(databases, id, ct);
        foreach (var database in halted)
        {
            await database.AtAsync(connection => Halt.RemoveAsync(connection, id.ToString(), ct));
            context.Output.WriteLine($"node {database.Node.Name}: {id} is tried again");
        }

        return ExitCode.Ok;
    }

    /// <summary>
    /// Publishes to the dlq first, then gives the order to each node's database; a bridge carries it out at that
    /// position.
    /// </summary>
    public async Task<int> SkipAsync(string text, string? node, string reason, CancellationToken ct)
    {
        var id = Parse(text);
        if (string.IsNullOrWhiteSpace(reason))
        {
            throw new StoppedException(ExitCode.Usage, "KB1006", "--reason is empty: who reads the dlq later wants to know",
                tryThis: $"kafkabridge tx skip {id} --reason \"…\"");
        }

        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        await using var membership = await Membership.OpenAsync(settings, Wiring.Topics(options), ct);
        var config = RunGate.RequirePublished(options, membership.Config);
        await using var databases = await OpenAsync(node, ct);
        var orderedBy = $"{Environment.UserName}@{Environment.MachineName}";
        var plan = await (id.Record is null
            ? TransactionAsync(settings, id, databases, membership, config, new LeftOutNote(id.ToString(), reason, orderedBy), ct)
            : RecordAsync(settings, id, databases, config, new LeftOutNote(id.ToString(), reason, orderedBy), ct));
        var order = new SkipOrder(id.ToString(), plan.Writer, id.Transaction, id.Record, reason, orderedBy);
        foreach (var database in plan.Databases)
        {
            await database.AtAsync(connection => order.WriteAsync(connection, ct));
            context.Output.WriteLine($"node {database.Node.Name}: {id} is left out");
        }

        context.Output.WriteLine(plan.Sentence);
        return ExitCode.Ok;
    }

    sealed record Plan(int Writer, IReadOnlyList<NodeDatabase> Databases, string Sentence);

    /// <summary>A transaction is left out only where it has halted.</summary>
    async Task<Plan> TransactionAsync(
        KafkaSettings settings, SkipId id, NodeDatabases databases, Membership membership, PublishedConfig config, LeftOutNote note,
        CancellationToken ct)
    {
        var halted = await HaltedAsync(databases, id, ct);
        var origin = membership.Nodes.First(claim => claim.Name == id.Origin);
        var from = long.MaxValue;
        foreach (var database in halted)
        {
            var positions = await AppliedPosition.ReadAsync(database, ct);
            from = Math.Min(from, positions.FirstOrDefault(position => position.Writer == origin.Number)?.SpineOffset ?? 0);
        }

        var copied = await SkippedTransaction.CopyAsync(settings, options, origin, config.PerNode, id.Transaction!.Value, from, note, ct);
        var names = string.Join(", ", halted.Select(database => database.Node.Name));
        return new Plan(
            origin.Number, halted,
            $"{copied.Copied} of its {copied.Expected} records are in {Wiring.Topics(options).Dlq}; the rows that it changed "
                + $"({string.Join(", ", copied.Topics)}) are on {names} as they were before it");
    }

    /// <summary>
    /// A foreign record is left out on all nodes: each would halt there. A record of the partition's own node is not
    /// taken.
    /// </summary>
    async Task<Plan> RecordAsync(
        KafkaSettings settings, SkipId id, NodeDatabases databases, PublishedConfig config, LeftOutNote note, CancellationToken ct)
    {
        var place = id.Record!.Value;
        var topics = Wiring.Topics(options);
        var tables = config.Tables.Select(table => topics.ForTable(TableName.Parse(table)));
        if (!tables.Append(topics.Spine).Append(topics.Chunks).Contains(place.Topic))
        {
            throw new StoppedException(ExitCode.Usage, "KB1007",
                $"{place.Topic} is no topic that is applied in the cluster {options.Cluster}",
                tryThis: "kafkabridge status shows what has halted");
        }

        var writer = place.Partition / config.PerNode;
        using var letters = new DeadLetters(settings, topics, writer * config.PerNode, note);
        var record = await letters.FindAsync(place, ct)
            ?? throw new StoppedException(ExitCode.Precondition, "KB1082", $"there is no record at {place}", place.Topic,
                "Kafka does not hold that offset", "kafkabridge status shows what has halted");
        ForeignRecord.Require(record, place, writer, isSpine: place.Topic == topics.Spine);
        await letters.CopyAsync(record, ct);
        await letters.FlushAsync();
        return new Plan(writer, databases, $"the record is in {topics.Dlq}; nothing of any node was in it");
    }

    async Task<IReadOnlyList<NodeDatabase>> HaltedAsync(NodeDatabases databases, SkipId id, CancellationToken ct)
    {
        var halted = new List<NodeDatabase>();
        var others = new List<string>();
        foreach (var database in databases)
        {
            foreach (var halt in await database.AtAsync(connection => Halt.ReadAsync(connection, ct)))
            {
                if (halt.Id == id.ToString())
                {
                    halted.Add(database);
                }
                else
                {
                    others.Add($"{database.Node.Name} at {halt.Id ?? "a gap"}");
                }
            }
        }

        return halted.Count > 0
            ? halted
            : throw new StoppedException(
                ExitCode.Precondition, "KB1081", $"no node has halted at {id}", string.Join(
                    ", ", databases.Select(database => database.Node.Name)),
                others.Count == 0 ? "nothing is halted" : "halted: " + string.Join("; ", others), "kafkabridge status");
    }

    /// <summary>A node that can't be reached is told; the others are enough if one of them has halted.</summary>
    async Task<NodeDatabases> OpenAsync(string? name, CancellationToken ct)
    {
        if (name is not null)
        {
            return await NodeDatabases.OpenAsync([options.Node(name)], ct);
        }

        var databases = new NodeDatabases();
        foreach (var node in options.Nodes)
        {
            try
            {
                databases.Add(await NodeDatabase.OpenAsync(node, ct));
            }
            catch (NpgsqlException exception)
            {
                var report = ErrorReport.Of(exception);
                context.Note($"node {node.Name}: {report.What}: {report.Why}. It is not told; if it halts there, give the command again");
            }
        }

        return databases;
    }

    static SkipId Parse(string text) => SkipId.TryParse(text)
        ?? throw new StoppedException(
            ExitCode.Usage, "KB1007", $"'{text}' names neither a transaction (node:epoch:lsn) nor a record (topic/partition@offset)",
            tryThis: "kafkabridge status shows what has halted, and its name");
}
