using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W2 for as long as is asked (growth shows in 30 minutes): lag from commit to visible and memory of both bridges, sampled each second;
/// medians of the last third, beside those of the second sixth to the third one (of 30 minutes: 20 to 30, and 5 to 15).
/// </summary>
static class LongRun
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<Figure>> RunAsync(BridgePair pair, int seconds)
    {
        await pair.StartAsync();
        await pair.CheckpointAsync();
        await using var watch = await Watch.OpenAsync(pair.Target);
        var samples = new List<(double At, double Lag, double Resident)>();
        using var timer = new PeriodicTimer(Look);
        var start = Stopwatch.GetTimestamp();
        var writing = Pgbench.RunAsync(
            pair.Source, Setup.Database, "--no-vacuum", "--client", "4", "--time", seconds.ToString(CultureInfo.InvariantCulture));
        while (!writing.IsCompleted)
        {
            var id = await pair.Source.ScalarAsync<long>(Setup.Database, "INSERT INTO mark DEFAULT VALUES RETURNING id");
            var written = Stopwatch.GetTimestamp();
            var seen = await watch.SeenAsync("mark", id);
            samples.Add((
                Stopwatch.GetElapsedTime(start, seen).TotalSeconds, Stopwatch.GetElapsedTime(written, seen).TotalMilliseconds,
                pair.Resident()));
            await timer.WaitForNextTickAsync();
        }

        var usage = pair.Usage();
        var perSecond = PgbenchReport.PerSecond(await writing);
        await pair.StopAsync();
        var early = samples.Where(one => one.At > seconds / 6.0 && one.At <= seconds / 2.0).ToArray();
        var late = samples.Where(one => one.At > seconds * 2 / 3.0).ToArray();
        return
        [
            Compared("W2-long lag", "ms", early, late, one => one.Lag),
            Compared("W2-long memory", "MiB", early, late, one => one.Resident),
            new Figure(
                "W2-long source", "tx/s", perSecond, ("sourceCpu", usage.SourceCpu), ("targetCpu", usage.TargetCpu),
                ("sourcePeakMiB", usage.SourcePeak), ("targetPeakMiB", usage.TargetPeak)),
        ];
    }

    static Figure Compared<T>(string name, string unit, T[] early, T[] late, Func<T, double> value)
    {
        var (before, after) = (Statistics.Median(early.Select(value)) ?? 0, Statistics.Median(late.Select(value)) ?? 0);
        return new Figure(name, unit, after, ("before", before), ("growth", after / before), ("samples", early.Length + late.Length));
    }
}
