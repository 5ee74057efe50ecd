using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W2: pgbench's TPC-B by 4 clients with replication running: what the source keeps of its rate, and how
/// far behind the peer is at the end.
/// </summary>
static class Throughput
{
    public static async Task<IReadOnlyList<Figure>> RunAsync(Pair pair, int seconds)
    {
        string[] arguments = ["--no-vacuum", "--client", "4", "--time", seconds.ToString(CultureInfo.InvariantCulture)];
        await pair.StartAsync();
        await pair.CheckpointAsync();
        await using var watch = await Watch.OpenAsync(pair.Target);
        var printed = await Pgbench.RunAsync(pair.Source, Setup.Database, arguments);
        var stopped = Stopwatch.GetTimestamp();
        var last = await pair.Source.ScalarAsync<long>(Setup.Database, "INSERT INTO mark DEFAULT VALUES RETURNING id");
        var drained = await watch.SeenAsync("mark", last);
        var usage = pair.Usage();
        var applying = await pair.ApplyingSecondsAsync();
        await pair.StopAsync();
        return
        [
            new Figure(
                "W2 source", "tx/s", PgbenchReport.PerSecond(printed), ("sourceCpu", usage.SourceCpu), ("targetCpu", usage.TargetCpu),
                ("sourcePeakMiB", usage.SourcePeak), ("targetPeakMiB", usage.TargetPeak), ("applyingSessionsCpu", applying)),
            new Figure("W2 drain", "s", Stopwatch.GetElapsedTime(stopped, drained).TotalSeconds),
        ];
    }
}
