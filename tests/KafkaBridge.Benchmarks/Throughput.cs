using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W2: pgbench's TPC-B by 4 clients with replication running: what the source keeps of its rate, and how
/// far behind the peer is at the end. With the bridges just started, and warm.
/// </summary>
static class Throughput
{
    /// <summary>So long a Kafka that was just started takes up to a sixth of the two cores to compile itself under this load.</summary>
    const int WarmUpSeconds = 120;

    public static async Task<IReadOnlyList<Figure>> RunAsync(Pair pair, int seconds)
    {
        await pair.StartAsync();
        var figures = await MeasureAsync(pair, "W2", seconds);
        await pair.StopAsync();
        return figures;
    }

    public static Warm Warm(int seconds) =>
        new(pair => MeasureAsync(pair, "W2-warm", WarmUpSeconds), pair => MeasureAsync(pair, "W2-warm", seconds));

    static async Task<IReadOnlyList<Figure>> MeasureAsync(Pair pair, string name, int seconds)
    {
        await pair.CheckpointAsync();
        await using var watch = await Watch.OpenAsync(pair.Target);
        var (before, applyingBefore) = (pair.Usage(), await pair.ApplyingSecondsAsync());
        var printed = await Pgbench.RunAsync(
            pair.Source, Setup.Database, "--no-vacuum", "--client", "4", "--time", seconds.ToString(CultureInfo.InvariantCulture));
        var stopped = Stopwatch.GetTimestamp();
        var last = await pair.Source.ScalarAsync<long>(Setup.Database, "INSERT INTO mark DEFAULT VALUES RETURNING id");
        var drained = await watch.SeenAsync("mark", last);
        var (after, applying) = (pair.Usage(), await pair.ApplyingSecondsAsync());
        return
        [
            new Figure(
                $"{name} source", "tx/s", PgbenchReport.PerSecond(printed), ("sourceCpu", after.SourceCpu - before.SourceCpu),
                ("targetCpu", after.TargetCpu - before.TargetCpu), ("sourcePeakMiB", after.SourcePeak), ("targetPeakMiB", after.TargetPeak),
                ("applyingSessionsCpu", applying - applyingBefore)),
            new Figure($"{name} drain", "s", Stopwatch.GetElapsedTime(stopped, drained).TotalSeconds),
        ];
    }
}
