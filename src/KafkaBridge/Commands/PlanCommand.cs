using KafkaBridge.Changes;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Commands;

/// <summary>What <c>apply</c> would do, and nothing done.</summary>
internal sealed class PlanCommand(CommandContext context)
{
    readonly BridgeOptions options = context.Options;

    public async Task<int> RunAsync(CancellationToken ct)
    {
        await using var databases = await NodeDatabases.OpenAsync(options.Nodes, ct);
        var tables = await ReplicatedTables.ReadAsync(databases, options, ct);
        var steps = new List<string>();
        steps.AddRange((await TopicDifferences.ReadAsync(context, tables.Names, ct)).Select(difference => difference.Sentence));
        foreach (var database in databases)
        {
            await AddAsync(database, tables, steps, ct);
        }

        if (context.Json)
        {
            context.WriteJson(new { schemaVersion = 1, cluster = options.Cluster, changes = steps });
            return ExitCode.Ok;
        }

        foreach (var step in steps)
        {
            context.Output.WriteLine(step);
        }

        context.Output.WriteLine(
            steps.Count == 0
                ? "nothing to do: the cluster is as the file says"
                : $"{steps.Count} changes; kafkabridge apply --yes makes them");
        return ExitCode.Ok;
    }

    async Task AddAsync(NodeDatabase database, ReplicatedTables tables, List<string> steps, CancellationToken ct)
    {
        var name = database.Node.Name;
        if (await database.AtAsync(connection => BridgeSchema.ReadAsync(connection, ct)) is null)
        {
            steps.Add($"node {name}: CREATE SCHEMA kafkabridge; -- with its tables and functions (schemas/sql)");
        }

        if (!await database.AtAsync(connection => RewriteTrigger.IsThereAsync(connection, ct)))
        {
            steps.Add($"node {name}: {RewriteTrigger.Sql}");
        }

        var differences = await database.AtAsync(connection => Publication.CompareAsync(connection, tables.Keyed, tables.Keyless, ct));
        steps.AddRange(differences.Select(difference => $"node {name}: {difference}"));
        var statements = await database.AtAsync(
            connection => HistoryTables.CompareAsync(connection, tables.WithHistory(options), tables.Restored(options), ct));
        steps.AddRange(statements.Select(statement => $"node {name}: {statement};"));
        var slot = options.SlotName(database.Node);
        if (await database.AtAsync(connection => ReplicationSlot.InspectAsync(connection, slot, ct)) is null)
        {
            steps.Add($"node {name}: SELECT pg_create_logical_replication_slot({SqlIdentifier.Literal(slot)}, 'pgoutput');");
        }
    }
}

/// <summary>How the cluster's topics differ from the wanted ones.</summary>
internal static class TopicDifferences
{
    public static async Task<IReadOnlyList<TopicDifference>> ReadAsync(
        CommandContext context, IReadOnlyList<RelationName> tables, CancellationToken ct)
    {
        var options = context.Options;
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        var topics = Wiring.Topics(options);
        using var admin = settings.OpenAdmin(Wiring.ClientId(options, "plan"));
        var first = await TopicPlan.CompareAsync(admin, TopicPlan.First(topics, Wiring.TopicOptions(options)), ct);
        var nodes = options.Nodes.Count;
        if (first.All(difference => difference.Kind != TopicDifferenceKind.Missing))
        {
            await using var membership = await Membership.OpenAsync(settings, topics, ct);
            var fresh = options.Nodes.Count(node => membership.Nodes.All(claim => claim.Name != node.Name));
            nodes = membership.Nodes.Select(claim => claim.Number + 1).DefaultIfEmpty(0).Max() + fresh;
        }

        return await TopicPlan.CompareAsync(
            admin, TopicPlan.Wanted(topics, tables, nodes, options.PartitionsPerNode, Wiring.TopicOptions(options)), ct);
    }
}
