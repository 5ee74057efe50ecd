namespace KafkaBridge.Apply.Reading;

/// <summary>
/// What the queues of all topic-partitions hold together. Full, nothing more is taken from the consumer (which then stops fetching
/// by itself, and loses nothing of what it has, as it would by a pause), unless a reader waits for a record that is not among it.
/// </summary>
sealed class DataBytes : IDisposable
{
    readonly Lock guard = new(); // guards held, waiting and the event
    readonly ManualResetEventSlim open = new(initialState: true, spinCount: 0);
    long held;
    int waiting;

    /// <summary>Full, and yet more is taken, because a reader waits: what it doesn't wait for must not come in with it.</summary>
    public bool IsCrowded => Volatile.Read(ref held) >= Limits.DataBytes && Volatile.Read(ref waiting) > 0;

    public void Add(long bytes)
    {
        lock (guard)
        {
            held += bytes;
            Turn();
        }
    }

    /// <summary>A reader begins (1) or ends (−1) to wait for a record.</summary>
    public void Waiting(int change)
    {
        lock (guard)
        {
            waiting += change;
            Turn();
        }
    }

    /// <summary>Called by the consumer's thread before it takes more.</summary>
    public void WaitForRoom(CancellationToken ct) => open.Wait(ct);

    public void Dispose() => open.Dispose();

    void Turn()
    {
        if (held < Limits.DataBytes || waiting > 0)
        {
            open.Set();
        }
        else
        {
            open.Reset();
        }
    }
}
