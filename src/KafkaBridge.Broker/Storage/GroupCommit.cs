namespace KafkaBridge.Broker.Storage;

/// <summary>
/// Many writers, one sync: who asks while a sync runs is covered by the next one, together with all others. After a failed sync
/// nothing is known of what the disk holds, so every later request fails too, until the file is opened and read again.
/// </summary>
/// <param name="sync">Makes durable what has been written when it is called; returns the position up to which that is.</param>
sealed class GroupCommit(DiskThreads disk, Func<long> sync, long durable)
{
    readonly Lock guard = new(); // of the fields below
    long durable = durable;
    TaskCompletionSource? next;
    bool busy;
    Exception? failure;

    /// <summary>Ends when everything below the position is durable.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Task UntilAsync(long position)
    {
        lock (guard)
        {
            if (failure is not null)
            {
                return Task.FromException(failure);
            }

            if (durable >= position)
            {
                return Task.CompletedTask;
            }

            next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!busy)
            {
                busy = true;
                disk.Add(SyncOnce);
            }

            return next.Task;
        }
    }

    /// <summary>As <see cref="UntilAsync"/> for writers that need not wait; a failure meets the next one that does.</summary>
    public void Ask(long position) => _ = UntilAsync(position).Exception;

    void SyncOnce()
    {
        TaskCompletionSource round;
        lock (guard)
        {
            round = next!;
            next = null;
        }

        try
        {
            var reached = sync();
            lock (guard)
            {
                durable = reached;
                GoOn();
            }

            round.SetResult();
        }
        catch (Exception exception)
        {
            lock (guard)
            {
                failure = exception as IOException ?? new IOException(exception.Message, exception);
                next?.SetException(failure);
                next = null;
                busy = false;
            }

            round.SetException(failure);
            _ = round.Task.Exception; // nobody may be waiting
        }
    }

    void GoOn()
    {
        busy = next is not null;
        if (busy)
        {
            disk.Add(SyncOnce);
        }
    }
}
