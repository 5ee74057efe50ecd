using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W10: pgbench's TPC-B at a fixed rate on the first of two nodes, and of five: processor time of the bridges per row, at the source and
/// at a target, when all have done the same before.
/// </summary>
static class NodeCost
{
    const int PerSecond = 400;
    const int RowsPerTransaction = 4;

    public static async Task<IReadOnlyList<Figure>> RunAsync(string bootstrapServers, int version, int seconds) =>
        [.. await MeasureAsync(bootstrapServers, version, seconds, 2), .. await MeasureAsync(bootstrapServers, version, seconds, 5)];

    static async Task<IReadOnlyList<Figure>> MeasureAsync(string bootstrapServers, int version, int seconds, int nodes)
    {
        await using var cluster = await Setup.ClusterAsync(bootstrapServers, version, nodes);
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(300);
        await WriteAsync(cluster, seconds);
        var before = Seconds();
        var rows = RowsPerTransaction * await WriteAsync(cluster, seconds);
        var micros = Seconds().Zip(before, (now, then) => (now - then) * 1_000_000 / rows).ToArray();
        return
        [
            new Figure($"W10 source of {nodes}", "µs/row", micros[0], ("rows", rows)),
            new Figure($"W10 target of {nodes}", "µs/row", micros[1..].Average(), ("most", micros[1..].Max())),
        ];

        double[] Seconds() => [.. Enumerable.Range(0, nodes).Select(node => Usage.CpuSeconds(bridges.ProcessId(node)))];
    }

    /// <returns>How many transactions were written, when every node has them.</returns>
    static async Task<int> WriteAsync(BridgeCluster cluster, int seconds)
    {
        var printed = await Pgbench.RunAsync(
            cluster.Servers[0], Setup.Database, "--no-vacuum", "--client", "4", "--rate", PerSecond.ToString(CultureInfo.InvariantCulture),
            "--time", seconds.ToString(CultureInfo.InvariantCulture));
        await cluster.WaitCaughtUpAsync(300);
        return PgbenchReport.Transactions(printed);
    }
}
