using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// pgbench's TPC-B on every node at once; then every node must hold the same rows, every slot have moved, and the conflict
/// history be true.
/// </summary>
public static class VersionsCampaign
{
    /// <param name="scale">pgbench's scale: 100,000 accounts each.</param>
    /// <param name="versions">PostgreSQL major versions, one node each.</param>
    /// <returns>One summary line.</returns>
    public static async Task<string> RunAsync(int seconds, int scale, params int[] versions)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, "SELECT 1", versions);
        var pgbench = new PgbenchLoad(cluster);
        await pgbench.InitializeAsync(scale);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridge = cluster.Run();
        var before = await ConfirmedAsync(cluster);

        var started = Stopwatch.StartNew();
        var committed = await pgbench.RunAsync(seconds);
        var drained = Stopwatch.StartNew();
        await cluster.WaitCaughtUpAsync(600);
        var (drain, all) = (drained.Elapsed.TotalSeconds, started.Elapsed.TotalSeconds);

        await pgbench.RequireWholeAsync(committed);
        if ((await ConfirmedAsync(cluster)).Zip(before).Any(pair => pair.First <= pair.Second))
        {
            throw new InvalidOperationException("a slot did not advance");
        }

        var history = await ConflictCheck.VerifyAsync(cluster);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"versions: PostgreSQL {string.Join(" ↔ ", versions)}: {seconds} s at scale {scale}, {committed} transactions, "
            + $"drained in {drain:F1} s, each transaction applied "
            + $"{versions.Length - 1} times at {committed / all:F0} a second in all, nodes equal, {history}");
    }

    static async Task<long[]> ConfirmedAsync(BridgeCluster cluster) => await Task.WhenAll(cluster.Servers.Select(server =>
        server.ScalarAsync<long>(
            BridgeCluster.Database,
            "SELECT (confirmed_flush_lsn - '0/0')::bigint FROM pg_replication_slots WHERE slot_name LIKE 'kafkabridge%'")));
}
