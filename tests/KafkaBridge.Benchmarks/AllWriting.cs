using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W8: three nodes of a cluster of their own, pgbench's TPC-B on each with the same rows: transactions a second of all together, and how
/// long after the last write every node has all. PostgreSQL's own replication has nothing to hold against it: it stops at a conflict.
/// </summary>
static class AllWriting
{
    const int Nodes = 3;

    public static async Task<IReadOnlyList<Figure>> RunAsync(string bootstrapServers, int version, int seconds)
    {
        await using var cluster = await Setup.ClusterAsync(bootstrapServers, version, Nodes);
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(300);
        var printed = await Task.WhenAll(cluster.Servers.Select(server => Pgbench.RunAsync(
            server, Setup.Database, "--no-vacuum", "--client", "2", "--time", seconds.ToString(CultureInfo.InvariantCulture))));
        var stopped = Stopwatch.GetTimestamp();
        await bridges.WaitCaughtUpAsync(600);
        var drained = Stopwatch.GetElapsedTime(stopped).TotalSeconds;
        await cluster.RequireEqualAsync("pgbench_accounts", "pgbench_tellers", "pgbench_branches");
        var nodes = Enumerable.Range(0, Nodes);
        return
        [
            new Figure(
                "W8 written", "tx/s", printed.Sum(PgbenchReport.PerSecond),
                ("bridgesCpu", nodes.Sum(node => Usage.CpuSeconds(bridges.ProcessId(node)))),
                ("mostPeakMiB", nodes.Max(bridges.PeakMebibytes))),
            new Figure("W8 drain", "s", drained),
        ];
    }
}
