using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Commands;

/// <summary>Takes everything of the bridge out of the databases, and with <c>--topics</c> out of Kafka. Says what is lost.</summary>
internal sealed class DestroyCommand(CommandContext context)
{
    readonly BridgeOptions options = context.Options;

    public async Task<int> RunAsync(bool yes, bool withTopics, string? node, CancellationToken ct)
    {
        if (node is not null && withTopics)
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1004", "--topics and --node don't go together: the topics are all nodes'",
                tryThis: "leave one of them out");
        }

        await using var databases = await OpenAsync(node, ct);
        var tables = withTopics ? (await ReplicatedTables.CompareAsync(databases, options, ct)).Tables.Names : [];
        foreach (var database in databases)
        {
            var slot = await database.AtAsync(connection => ReplicationSlot.InspectAsync(connection, options.SlotName(database.Node), ct));
            if (slot?.ActivePid is { } pid)
            {
                throw new StoppedException(
                    ExitCode.Precondition, "KB1044",
                    $"a bridge runs for node {database.Node.Name}: process {pid} of the server holds the slot {slot.Name}",
                    NodeDatabase.Where(database.Node), null, "stop it first");
            }

            context.Output.WriteLine(slot is null
                ? $"node {database.Node.Name}: no slot; publications, origins and schema kafkabridge"
                : $"node {database.Node.Name}: slot {slot.Name} with {slot.RetainedBytes} bytes of WAL, publications, origins and "
                    + $"schema kafkabridge");
        }

        if (!yes)
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1005", "destroy wants your word: what is named above is lost", tryThis: "kafkabridge destroy --yes");
        }

        foreach (var database in databases)
        {
            await RemoveAsync(database, ct);
        }

        await CleanKafkaAsync(withTopics, node, tables, ct);

        context.Output.WriteLine(
            "done: nothing of kafkabridge is left in the databases"
                + (withTopics ? " and in Kafka" : "; the topics stay (--topics deletes them)"));
        return ExitCode.Ok;
    }

    async Task RemoveAsync(NodeDatabase database, CancellationToken ct)
    {
        await database.AtAsync(connection => ReplicationSlot.DropAsync(connection, options.SlotName(database.Node), ct));
        await database.AtAsync(connection => Publication.DropAsync(connection, ct));
        var ours = $"kafkabridge_{options.ClusterIdentifier}_".Replace("_", "\\_", StringComparison.Ordinal) + "%";
        var number = await database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('kafkabridge.node') IS NOT NULL", ct)
            ? await database.ScalarAsync<int>("SELECT number FROM kafkabridge.node", ct)
            : -1;
        if (number >= 0)
        {
            // names are server-wide: only this node's own, kafkabridge_<cluster>_<writer>_<this node>_<worker>
            await database.ExecuteAsync(
                $"SELECT pg_catalog.pg_replication_origin_drop(roname) FROM pg_catalog.pg_replication_origin WHERE roname LIKE "
                + $"{SqlIdentifier.Literal(ours)} AND roname ~ '_[0-9]+_{number}_[0-9]+$'", ct);
        }

        await database.ExecuteAsync("DROP SCHEMA IF EXISTS kafkabridge CASCADE", ct);
    }

    /// <summary>All nodes, or none: a destroy that leaves half behind without being asked to is worse than none.</summary>
    async Task<NodeDatabases> OpenAsync(string? node, CancellationToken ct)
    {
        try
        {
            return await NodeDatabases.OpenAsync(node is null ? options.Nodes : [options.Node(node)], ct);
        }
        catch (NpgsqlException exception) when (node is null && options.Nodes.Count > 1)
        {
            var report = ErrorReport.Of(exception);
            throw new StoppedException(
                report.ExitCode, report.Code, $"{report.What}; nothing was removed anywhere", report.Where, report.Why,
                "bring the node back; or take down those that are there, one by one: kafkabridge destroy --node NAME --yes", exception);
        }
    }

    async Task CleanKafkaAsync(bool withTopics, string? node, IReadOnlyList<RelationName> tables, CancellationToken ct)
    {
        try
        {
            var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
            using var admin = settings.OpenAdmin(Wiring.ClientId(options, "destroy"));
            await ConsumerGroups.DeleteAsync(admin, options.Nodes.Where(one => node is null || one.Name == node)
                .Select(one => KafkaSettings.Group(options.Cluster, one.Name)));
            if (withTopics)
            {
                await DeleteTopicsAsync(settings, admin, tables, ct);
            }
        }
        catch (Exception exception) when (!withTopics && (exception is KafkaException or StoppedException))
        {
            // the groups only showed how far the nodes were: a Kafka that is gone does not keep a node from being taken down
            context.Note($"the nodes' consumer groups stay in Kafka: {ErrorReport.Of(exception).Why}");
        }
    }

    /// <summary>The topics of the plan alone: what else begins with the cluster's name may be another's.</summary>
    async Task DeleteTopicsAsync(KafkaSettings settings, IAdminClient admin, IReadOnlyList<RelationName> tables, CancellationToken ct)
    {
        var (ours, others) = await ClusterTopics.ReadAsync(settings, options, tables, ct);
        if (ours.Count > 0)
        {
            context.Output.WriteLine($"topics deleted: {string.Join(", ", ours)}");
            await admin.DeleteTopicsAsync(ours);
        }

        if (others.Count > 0)
        {
            context.Output.WriteLine($"topics that begin like the cluster's and stay: {string.Join(", ", others)}");
        }
    }
}
