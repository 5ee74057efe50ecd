using System.Diagnostics;

namespace KafkaBridge.TestKit;

/// <summary>Waiting for what another process does: poll, with a deadline that says what did not come.</summary>
public static class Eventually
{
    public static TimeSpan DefaultDeadline { get; } = TimeSpan.FromSeconds(30);

    // A look often costs a connection: what takes long is looked at less often, the tenth of the time waited between two looks.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Returns when the condition holds; a condition that throws counts as not yet.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null)
    {
        TimeSpan limit = deadline ?? DefaultDeadline;
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Exception? last = null;
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception failure)
            {
                last = failure;
            }

            TimeSpan waited = Stopwatch.GetElapsedTime(start);
            if (waited > limit)
            {
                throw new TimeoutException($"not within {limit.TotalSeconds:0.#} s: {what}", last);
            }

            await Task.Delay(TimeSpan.FromTicks(Math.Clamp(waited.Ticks / 10, ShortestPause.Ticks, LongestPause.Ticks)));
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? deadline = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, deadline);

    /// <summary>As <see cref="TrueAsync(Func{Task{bool}}, string, TimeSpan?)"/>, but tells the last value seen when it gives up.</summary>
    public static async Task EqualAsync<T>(T expected, Func<Task<T>> actual, string what, TimeSpan? deadline = null)
    {
        T? seen = default;
        bool any = false;
        try
        {
            await TrueAsync(
                async () =>
                {
                    seen = await actual();
                    any = true;
                    return EqualityComparer<T>.Default.Equals(seen, expected);
                },
                what,
                deadline);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}: expected {expected}, last saw {(any ? seen : "nothing")}", late.InnerException);
        }
    }
}
