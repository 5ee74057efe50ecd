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

    public ValueTask TakeAsync(int bytes, CancellationToken cancellationToken) =>
        TryTake(bytes, out var released) ? ValueTask.CompletedTask : WaitAsync(bytes, released, cancellationToken);

    async ValueTask WaitAsync(int bytes, Task? released, CancellationToken cancellationToken)
    {
        do
        {
            await released!.WaitAsync(cancellationToken);
        }
        while (!TryTake(bytes, out released));
    }

    /// <param name="released">Null where it has been taken; else what to wait for.</param>
    bool TryTake(int bytes, out Task? released)
    {
        lock (guard)
        {
            if (held == 0 || held + bytes <= limit)
            {
                held += bytes;
                released = null;
                return true;
            }

            waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            released = waiting.Task;
            return false;
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
