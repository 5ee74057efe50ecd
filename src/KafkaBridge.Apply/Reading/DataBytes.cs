namespace KafkaBridge.Apply.Reading;

/// <summary>What the queues of all topic-partitions hold together.</summary>
sealed class DataBytes
{
    long held;

    public bool IsFull => Volatile.Read(ref held) >= Limits.DataBytes;

    public void Add(long bytes) => Interlocked.Add(ref held, bytes);
}
