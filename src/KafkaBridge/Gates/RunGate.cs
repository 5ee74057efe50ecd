using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Gates;

/// <summary>What must agree before a bridge runs: the file, the cluster's log and the database.</summary>
internal static class RunGate
{
    public static PublishedConfig RequirePublished(BridgeOptions options, PublishedConfig? published)
    {
        if (published is null)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1010", $"the cluster {options.Cluster} has not been set up", options.File,
                "no configuration has been published in Kafka", $"kafkabridge apply -c {options.File} --yes");
        }

        return published.Hash == options.Hash
            ? published
            : throw new StoppedException(
                ExitCode.Precondition, "KB1011",
                $"the file differs from the cluster's published configuration (version {published.Version}): what is replicated, or "
                + $"how, is not the same",
                options.File,
                $"the file has hash {options.Hash}, the cluster {published.Hash}: of cluster, tables, keyless and partitions_per_node",
                $"kafkabridge apply -c {options.File} --yes publishes the file as version {published.Version + 1}; or run with the "
                + $"file that was applied");
    }

    /// <summary>The database is the one that the cluster's log knows under this node's name.</summary>
    public static NodeClaim RequireClaim(
        BridgeOptions options, NodeOptions node, Membership membership, DatabaseIdentity identity, BridgeIdentity? held)
    {
        var where = NodeDatabase.Where(node);
        var claim = membership.Nodes.FirstOrDefault(claim => claim.Name == node.Name)
            ?? throw new StoppedException(
                ExitCode.Precondition, "KB1015", $"the node {node.Name} has no number in the cluster {options.Cluster}", where, null,
                $"kafkabridge apply -c {options.File} --yes");
        if (claim.SystemIdentifier != identity.SystemIdentifier || claim.DatabaseOid != identity.DatabaseOid)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1016", $"this is not the database that the cluster knows as {node.Name}", where,
                $"the cluster has system identifier {claim.SystemIdentifier}, database oid {claim.DatabaseOid}; this server has "
                + $"{identity.SystemIdentifier}, {identity.DatabaseOid}",
                "correct the node's dsn");
        }

        if (held is null)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1017", "the schema kafkabridge is not in the database", where, null,
                $"kafkabridge apply -c {options.File} --yes");
        }

        return held.Cluster == options.Cluster && held.Node == node.Name && held.Number == claim.Number
            ? claim
            : throw new StoppedException(
                ExitCode.Precondition, "KB1018",
                $"the database says that it is node {held.Node} (number {held.Number}) of cluster {held.Cluster}", where,
                $"the file and the cluster's log say node {node.Name} (number {claim.Number}) of cluster {options.Cluster}",
                "correct the node's dsn, or the cluster's name");
    }

    public static async Task RequireFreeSlotAsync(BridgeOptions options, NodeDatabase database, string databaseName, CancellationToken ct)
    {
        var name = options.SlotName(database.Node);
        var slot = await database.AtAsync(connection => ReplicationSlot.InspectAsync(connection, name, ct))
            ?? throw new StoppedException(
                ExitCode.Precondition, "KB1019", $"the slot {name} is not there", NodeDatabase.Where(database.Node),
                "it was dropped, or the node was never set up", $"kafkabridge apply -c {options.File} --yes");
        SlotGate.RequireUsable(database.Node, slot, databaseName);
        if (slot.ActivePid is { } pid)
        {
            var holder = await database.ScalarAsync<string>(
                $"SELECT 'process ' || pid || coalesce(', ' || nullif(application_name, ''), '') || coalesce(', from ' || "
                + $"host(client_addr) || ' port ' || client_port, '') || ', since ' || backend_start::text FROM "
                + $"pg_catalog.pg_stat_activity WHERE pid = {pid}", ct);
            throw new StoppedException(
                ExitCode.Precondition, "KB1044", $"another bridge runs for node {database.Node.Name}: it holds the slot {name}",
                NodeDatabase.Where(database.Node), holder is null ? $"held by process {pid} of the server" : $"held by {holder}",
                $"stop the other bridge; if it is gone for good: SELECT pg_terminate_backend({pid});");
        }
    }
}
