using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>How far one node's database shows its bridge to be: bytes of WAL applied of the others, and confirmed of its own.</summary>
readonly record struct NodeProgress(decimal Applied, decimal Confirmed)
{
    const string AppliedSql =
        "SELECT coalesce(sum(commit_lsn - '0/0'), 0) FROM kafkabridge.position WHERE writer <> (SELECT number FROM kafkabridge.node)";

    const string ConfirmedSql = "SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE slot_name LIKE 'kafkabridge%'";

    public static async Task<NodeProgress> ReadAsync(BridgeCluster cluster, int node) => new(
        await cluster.Servers[node].ScalarAsync<decimal>(BridgeCluster.Database, AppliedSql),
        await cluster.Servers[node].ScalarAsync<decimal>(BridgeCluster.Database, ConfirmedSql));

    /// <summary>Both have moved: it has applied and published since.</summary>
    public bool IsBeyond(NodeProgress earlier) => Applied > earlier.Applied && Confirmed > earlier.Confirmed;
}
