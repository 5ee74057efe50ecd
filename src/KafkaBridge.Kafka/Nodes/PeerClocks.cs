namespace KafkaBridge.Kafka.Nodes;

/// <summary>What the clock of one node's server shows now, at least.</summary>
public readonly record struct PeerClock(string Node, long Microseconds);

/// <summary>
/// The clocks of all nodes' servers, by the reports that came while this process listened. A report was on its way for a
/// while, so a clock shows no less than it told and the time since then; the most that was told within a minute counts.
/// </summary>
public sealed class PeerClocks(TimeProvider time)
{
    static readonly TimeSpan Counts = TimeSpan.FromMinutes(1);

    readonly Dictionary<string, (long Microseconds, long At)> told = [];
    readonly Lock guard = new(); // guards told

    public void Note(string node, long microseconds)
    {
        var at = time.GetTimestamp();
        lock (guard)
        {
            if (!told.TryGetValue(node, out var before) || time.GetElapsedTime(before.At, at) > Counts || Now(before, at) <= microseconds)
            {
                told[node] = (microseconds, at);
            }
        }
    }

    /// <summary>The one that shows the latest time, of all nodes but one; null: none has told.</summary>
    public PeerClock? FurthestBut(string node)
    {
        var at = time.GetTimestamp();
        lock (guard)
        {
            PeerClock? furthest = null;
            foreach (var (name, clock) in told)
            {
                if (name != node && (furthest is null || Now(clock, at) > furthest.Value.Microseconds))
                {
                    furthest = new PeerClock(name, Now(clock, at));
                }
            }

            return furthest;
        }
    }

    long Now((long Microseconds, long At) clock, long at) =>
        clock.Microseconds + (time.GetElapsedTime(clock.At, at).Ticks / TimeSpan.TicksPerMicrosecond);
}
