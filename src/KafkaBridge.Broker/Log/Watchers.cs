namespace KafkaBridge.Broker.Log;

/// <summary>Who waits for a partition to move: each is woken once, and watches again if it wants more.</summary>
sealed class Watchers
{
    readonly Lock guard = new(); // of waiting
    List<TaskCompletionSource> waiting = [];

    public void Add(TaskCompletionSource watcher)
    {
        lock (guard)
        {
            waiting.Add(watcher);
        }
    }

    public void Remove(TaskCompletionSource watcher)
    {
        lock (guard)
        {
            waiting.Remove(watcher);
        }
    }

    public void Wake()
    {
        List<TaskCompletionSource> woken;
        lock (guard)
        {
            if (waiting.Count == 0)
            {
                return;
            }

            woken = waiting;
            waiting = [];
        }

        foreach (var watcher in woken)
        {
            watcher.TrySetResult();
        }
    }
}
