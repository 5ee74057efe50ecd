using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// What a node that is off costs the others: transactions a second and WAL kept on a source whose peer is off, against a source
/// that has no peer. Short runs in turn, medians.
/// </summary>
public static class AwayCampaign
{
    const double Allowed = 0.05;

    /// <returns>One summary line.</returns>
    /// <exception cref="InvalidOperationException">The source with the peer that is off was slower, by more than is allowed.</exception>
    public static async Task<string> RunAsync(int runs, int seconds, int scale)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var alone = await BridgeCluster.StartAsync(kafka.BootstrapServers, "SELECT 1", 15);
        await using var pair = await BridgeCluster.StartAsync(kafka.BootstrapServers, "SELECT 1", 15, 15);
        await using var aloneBridge = await SetUpAsync(alone, scale);
        await using var pairBridge = await SetUpAsync(pair, scale);
        await pair.Servers[1].StopAsync();

        var measured = (Alone: new List<Run>(), Pair: new List<Run>());
        for (var run = 0; run <= runs; run++)
        {
            var (first, second) = (await Run.MeasureAsync(alone, seconds), await Run.MeasureAsync(pair, seconds));
            if (run > 0) // the first warms up
            {
                measured.Alone.Add(first);
                measured.Pair.Add(second);
            }
        }

        var (without, with) = (Median(measured.Alone, run => run.PerSecond), Median(measured.Pair, run => run.PerSecond));
        var (keptWithout, keptWith) = (Median(measured.Alone, run => run.Kept), Median(measured.Pair, run => run.Kept));
        var summary = string.Create(
            CultureInfo.InvariantCulture,
            $"away: medians of {runs} runs of {seconds} s: {with:F0} transactions a second with a peer that is off, "
            + $"{without:F0} without one (ratio {with / without:F3}); at most {keptWith / 1024:F0} and "
            + $"{keptWithout / 1024:F0} KiB of WAL not confirmed");
        return with >= without * (1 - Allowed) ? summary : throw new InvalidOperationException(summary);
    }

    static async Task<BridgeProcess> SetUpAsync(BridgeCluster cluster, int scale)
    {
        await new PgbenchLoad(cluster).InitializeAsync(scale);
        await cluster.CommandAsync("apply", "--yes");
        return cluster.Run(0);
    }

    static double Median(List<Run> runs, Func<Run, double> of)
    {
        var sorted = runs.Select(of).Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    readonly record struct Run(double PerSecond, double Kept)
    {
        public static async Task<Run> MeasureAsync(BridgeCluster cluster, int seconds)
        {
            var samples = SlotSamples.Start(cluster.Servers[0]);
            var committed = await PgbenchLoad.RunAsync(cluster.Servers[0], seconds);
            return new Run(committed / (double)seconds, (await samples.StopAsync()).Confirmed);
        }
    }
}
