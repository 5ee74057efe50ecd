using System.Collections.Concurrent;

namespace KafkaBridge.Broker.Storage;

/// <summary>A few threads that wait for the disk, so that the thread pool need not.</summary>
sealed class DiskThreads : IDisposable
{
    readonly BlockingCollection<Action> work = [];
    readonly Thread[] threads;

    public DiskThreads(int count)
    {
        threads = [.. Enumerable.Range(0, count).Select(n => new Thread(Run) { IsBackground = true, Name = $"disk {n}" })];
        foreach (var thread in threads)
        {
            thread.Start();
        }
    }

    public void Add(Action action) => work.Add(action);

    public void Dispose()
    {
        work.CompleteAdding();
        foreach (var thread in threads)
        {
            thread.Join();
        }

        work.Dispose();
    }

    void Run()
    {
        foreach (var action in work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
