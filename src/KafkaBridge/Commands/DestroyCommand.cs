using Confluent.Kafka;
using KafkaBridge.Kafka;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Commands;

/// <summary>Takes everything of the bridge out of the databases, and with <c>--topics</c> out of Kafka. Says what is lost.</summary>
internal sealed class DestroyCommand(CommandContext context)
{
    readonly BridgeOptions options = context.Options;

    public async Task<int> RunAsync(bool yes, bool withTopics, CancellationToken ct)
    {
        await using var databases = await NodeDatabases.OpenAsync(options.Nodes, ct);
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

        await CleanKafkaAsync(withTopics, ct);

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

    async Task CleanKafkaAsync(bool withTopics, CancellationToken ct)
    {
        try
        {
            using var admin = (await Wiring.ReachKafkaAsync(options, context.Log, ct)).OpenAdmin(Wiring.ClientId(options, "destroy"));
            await ConsumerGroups.DeleteAsync(admin, options.Nodes.Select(node => KafkaSettings.Group(options.Cluster, node.Name)));
            if (withTopics)
            {
                await DeleteTopicsAsync(admin, ct);
            }
        }
        catch (Exception exception) when (!withTopics && (exception is KafkaException or StoppedException))
        {
            // the groups only showed how far the nodes were: a Kafka that is gone does not keep a node from being taken down
            context.Note($"the nodes' consumer groups stay in Kafka: {ErrorReport.Of(exception).Why}");
        }
    }

    async Task DeleteTopicsAsync(IAdminClient admin, CancellationToken ct)
    {
        var metadata = await Task.Run(() => admin.GetMetadata(TimeSpan.FromSeconds(10)), ct);
        var prefix = options.Cluster + ".";
        var names = metadata.Topics.Select(topic => topic.Topic).Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToList();
        if (names.Count > 0)
        {
            context.Output.WriteLine($"topics deleted: {string.Join(", ", names)}");
            await admin.DeleteTopicsAsync(names);
        }
    }
}
