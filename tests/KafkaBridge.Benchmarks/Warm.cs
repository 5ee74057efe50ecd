namespace KafkaBridge.Benchmarks;

/// <summary>
/// A workload in the middle of a long run: all processes have done this very work before, and stay for all runs. By turns, as a machine's
/// speed is another one minutes later; the bridges stand still meanwhile (a Kafka that nobody asks takes 1 % of a core).
/// </summary>
sealed record Warm(Func<Pair, Task> WarmUpAsync, Func<Pair, Task<IReadOnlyList<Figure>>> MeasureAsync)
{
    /// <summary>Null for a workload that is measured otherwise.</summary>
    public static Warm? Of(string workload, int seconds) => workload switch
    {
        "W2-warm" => Throughput.Warm(seconds),
        "W3A-warm" => Backlog.A.Warm,
        "W3B-warm" => Backlog.B.Warm,
        "W3C-warm" => Backlog.C.Warm,
        _ => null,
    };

    public async Task RunAsync(IReadOnlyList<Pair> pairs, int runs, Report report)
    {
        foreach (var pair in pairs)
        {
            await pair.StartAsync();
            await WarmUpAsync(pair);
            await pair.PauseAsync();
        }

        for (var run = 0; run < runs; run++)
        {
            foreach (var pair in pairs)
            {
                await pair.ResumeAsync();
                report.Add(pair.Name, await MeasureAsync(pair));
                await pair.PauseAsync();
            }
        }

        foreach (var pair in pairs)
        {
            await pair.StopAsync();
        }
    }
}
