using KafkaBridge.Broker.Log;

namespace KafkaBridge.Broker.Topics;

/// <summary>A topic as it is now: a new value takes its place when partitions are added or settings change.</summary>
sealed record Topic(string Name, Guid Id, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<PartitionLog> Partitions)
{
    public PartitionLog? Partition(int index) => index >= 0 && index < Partitions.Count ? Partitions[index] : null;
}
