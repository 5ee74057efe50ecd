using System.Diagnostics;

namespace KafkaBridge.Benchmarks;

/// <summary>W4: one transaction of 1,000,000 rows by COPY; from its commit to the last row's being visible at the peer.</summary>
static class LargeTransaction
{
    const int Rows = 1_000_000;

    /// <summary>With processes that were started for it; and once more in the same, when all is read that the first left to read.</summary>
    public static async Task<IReadOnlyList<Figure>> RunAsync(Pair pair)
    {
        await pair.StartAsync();
        var started = await OneAsync(pair, "W4");
        await pair.QuietAsync();
        var warm = await OneAsync(pair, "W4-warm");
        await pair.StopAsync();
        return [started, warm];
    }

    static async Task<Figure> OneAsync(Pair pair, string name)
    {
        await pair.CheckpointAsync();
        await using var watch = await Watch.OpenAsync(pair.Target);
        var (before, applyingBefore) = (pair.Usage(), await pair.ApplyingSecondsAsync());
        long committed;
        await using (var connection = await pair.Source.ConnectAsync(Setup.Database))
        {
            await using (var copy = await connection.BeginTextImportAsync("COPY w4 (value, note) FROM STDIN"))
            {
                for (var i = 0; i < Rows; i++)
                {
                    await copy.WriteAsync("1\twhat a short note would be\n");
                }
            }

            committed = Stopwatch.GetTimestamp();
        }

        var last = await pair.Source.ScalarAsync<long>(Setup.Database, "SELECT max(id) FROM w4");
        var visible = await watch.SeenAsync("w4", last);
        var (usage, applying) = (pair.Usage(), await pair.ApplyingSecondsAsync());
        return new Figure(
            name, "s", Stopwatch.GetElapsedTime(committed, visible).TotalSeconds,
            ("sourceCpu", usage.SourceCpu - before.SourceCpu), ("targetCpu", usage.TargetCpu - before.TargetCpu),
            ("sourcePeakMiB", usage.SourcePeak), ("targetPeakMiB", usage.TargetPeak), ("applyingSessionsCpu", applying - applyingBefore));
    }
}
