namespace KafkaBridge.Apply.Reading;

/// <summary>
/// Bounds what waits in a queue by bytes: one writer waits, any number of readers give back. One item over the bound
/// passes alone. Who waited goes on when half is given back: to be woken for every item costs more than the item.
/// </summary>
sealed class ByteBudget(long limit)
{
    readonly Lock guard = new(); // guards held and waiting
    long held;
    TaskCompletionSource? waiting;

    public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task released;
            lock (guard)
            {
                if (held == 0 || held + bytes <= limit)
                {
                    held += bytes;
                    return;
                }

                waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                released = waiting.Task;
            }

            await released.WaitAsync(cancellationToken);
        }
    }

    public void Release(int bytes)
    {
        TaskCompletionSource? woken;
        lock (guard)
        {
            held -= bytes;
            if (held > limit / 2)
            {
                return;
            }

            woken = waiting;
            waiting = null;
        }

        woken?.SetResult();
    }
}
