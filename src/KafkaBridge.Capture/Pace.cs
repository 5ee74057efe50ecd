using System.Diagnostics;

namespace KafkaBridge.Capture;

/// <summary>
/// At most so many in a while: what comes closer is left to gather till the while is over. What comes now and then never waits.
/// One caller.
/// </summary>
sealed class Pace(int most, TimeSpan within)
{
    long since;
    int count;

    /// <summary>Waits before one more, where it has to; else it is complete at once.</summary>
    public Task NextAsync(CancellationToken ct)
    {
        var passed = Stopwatch.GetElapsedTime(since);
        if (since == 0 || passed >= within)
        {
            (since, count, passed) = (Stopwatch.GetTimestamp(), 0, TimeSpan.Zero);
        }

        if (++count <= most)
        {
            return Task.CompletedTask;
        }

        since = 0; // who comes after the wait begins a new while: a timer may end a moment early by this clock
        return Task.Delay((int)Math.Ceiling((within - passed).TotalMilliseconds), ct);
    }
}
