using KafkaBridge.Changes;
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
                $"the file has hash {options.Hash}, the cluster {published.Hash}: of cluster, tables, conflicts, keyless and partitions_per_node",
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

    /// <summary>The server is the primary whose WAL the node has been publishing, with the publications that were made for it.</summary>
    /// <returns>The replicated tables as the node has them.</returns>
    public static async Task<ReplicatedTables> RequireSourceAsync(
        BridgeOptions options, NodeDatabase database, Membership membership, NodeClaim claim, PublishedConfig config, CancellationToken ct)
    {
        var where = NodeDatabase.Where(database.Node);
        var source = await database.AtAsync(connection => SourceHistory.ReadAsync(connection, ct));
        if (source.IsStandby)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1027", "the server is a standby", where, null, "name the primary in the node's dsn");
        }

        if (await database.ScalarAsync<string>("SELECT pg_catalog.current_setting('track_commit_timestamp')", ct) != "on")
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1033", "track_commit_timestamp is off", where,
                "rows get their versions from commit times: what is written now has none, and those of before are forgotten",
                "ALTER SYSTEM SET track_commit_timestamp = on; then restart the server. What was written meanwhile gets its version from "
                    + "the log, and what can not be known is a conflict version_unknown");
        }

        if (source.IsAnother)
        {
            var slot = await database.AtAsync(connection => ReplicationSlot.InspectAsync(connection, options.SlotName(database.Node), ct));
            var confirmed = slot is null ? "not there" : $"confirmed to {slot.ConfirmedFlush}";
            var captured = membership.Reports.GetValueOrDefault(claim.Name)?.CapturedLsn.ToString() ?? "nothing";
            throw new StoppedException(
                ExitCode.Precondition, "KB1026",
                $"the server is on timeline {source.Timeline}, and the node was set up on timeline {source.Recorded}: it was promoted "
                    + "or restored",
                where,
                $"what the node published may not be on it: its slot is {confirmed}, "
                + $"it has published up to {captured}, peers have applied {AppliedByPeers(membership, claim.Number)}; a failover is not "
                + "followed yet",
                "bring the old primary back; or make the tables equal and start the cluster anew: kafkabridge destroy, apply");
        }

        var names = config.Tables.Select(table => TableName.Parse(table).ToString()).ToList();
        var tables = await database.AtAsync(connection => Catalog.ReadTablesAsync(connection, names, ct));
        var differences = await database.AtAsync(connection => Publication.CompareAsync(
            connection, [.. tables.Where(table => table.HasKey).Select(table => table.Name)],
            [.. tables.Where(table => !table.HasKey).Select(table => table.Name)], ct));
        if (differences.Count > 0)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1028", "the publications are not as apply made them", where, string.Join(" ", differences),
                $"kafkabridge apply -c {options.File} --yes puts them right; what was changed while a table was out of them is not in "
                    + "Kafka: "
                + "compare its rows");
        }

        var replicated = new ReplicatedTables(tables);
        var statements = await database.AtAsync(connection => HistoryTables.CompareAsync(
            connection, replicated.WithHistory(options), replicated.Restored(options), ct));
        if (statements.Count > 0)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1031", "tables are not as their conflict rules need them", where,
                $"the old row has to be in the log, and TRUNCATE refused: {string.Join("; ", statements)}",
                $"kafkabridge apply -c {options.File} --yes puts them right");
        }

        await RowFunctionCheck.RequirePublishedAsync(options, database, tables, config, ct);
        return replicated;
    }

    /// <summary>The last transaction of a node that any other has reported as applied.</summary>
    public static TransactionPosition AppliedByPeers(Membership membership, int node) =>
        membership.Reports.Values.Where(report => report.Number != node)
            .Select(report => report.Applied.GetValueOrDefault(node)).DefaultIfEmpty().Max();

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
