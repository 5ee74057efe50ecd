namespace KafkaBridge.Apply;

/// <summary>How many took how long, counted as Prometheus wants it. One task observes, anybody reads.</summary>
public sealed class LatencyHistogram
{
    /// <summary>Seconds; what takes longer than the last counts in the total only.</summary>
    public static readonly IReadOnlyList<double> Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    readonly long[] counts = new long[Bounds.Count + 1]; // each its own bucket's, the last above all bounds
    long ticks;

    public double Sum => Interlocked.Read(ref ticks) / (double)TimeSpan.TicksPerSecond;

    /// <summary>By bound, and last the total: all that took no longer.</summary>
    public IReadOnlyList<long> Cumulative
    {
        get
        {
            var cumulative = new long[counts.Length];
            var sum = 0L;
            for (var i = 0; i < counts.Length; i++)
            {
                sum += Interlocked.Read(ref counts[i]);
                cumulative[i] = sum;
            }

            return cumulative;
        }
    }

    /// <summary>A negative time, of clocks that differ, counts as none.</summary>
    public void Observe(TimeSpan taken)
    {
        var seconds = Math.Max(0, taken.TotalSeconds);
        var bucket = 0;
        while (bucket < Bounds.Count && seconds > Bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref counts[bucket]);
        Interlocked.Add(ref ticks, Math.Max(0, taken.Ticks));
    }
}
