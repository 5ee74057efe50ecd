namespace KafkaBridge.Capture;

/// <summary>
/// While many small transactions come they are read once in a while, all that are there: one by one each wakes threads here, is a request
/// for each of its partitions, an answer to each of their readers and a CALL at each peer. One caller.
/// </summary>
sealed class Gathering(TimeProvider time)
{
    long since = time.GetTimestamp();
    long waited = long.MinValue / 2;
    long bytes;
    int commits;
    bool isBusy;
    bool isDense;

    /// <summary>
    /// Many transactions come, small or large: by the last window that is over; where nothing has come for as long, what comes next
    /// is not waited for.
    /// </summary>
    public bool IsBusy => isBusy && time.GetElapsedTime(since) < 2 * Limits.GatherWindow;

    /// <summary>Many small ones come.</summary>
    public bool IsDue => isDense && IsBusy;

    public void Read(int length) => bytes += length;

    public void Committed()
    {
        commits++;
        var passed = time.GetElapsedTime(since);
        if (passed >= Limits.GatherWindow)
        {
            isBusy = commits >= Limits.GatherFrom * passed.TotalSeconds;
            isDense = bytes <= Limits.GatherBytes * passed.TotalSeconds;
            (since, commits, bytes) = (time.GetTimestamp(), 0, 0);
        }
    }

    /// <summary>Waits till the last turn is long enough ago.</summary>
    public async Task NextAsync(CancellationToken ct)
    {
        var left = Limits.GatherFor - time.GetElapsedTime(waited);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, ct);
        }

        waited = time.GetTimestamp();
    }
}
