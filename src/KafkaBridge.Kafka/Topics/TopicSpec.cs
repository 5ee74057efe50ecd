namespace KafkaBridge.Kafka.Topics;

/// <summary>One topic as it should be. Settings not named here are left to the cluster.</summary>
public sealed record TopicSpec(string Name, int Partitions, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>Partitions of one node; the count only ever grows by whole blocks. 0: the topic has its one partition for ever.</summary>
    public int Block { get; init; }

    /// <summary>Used at creation only. -1: the cluster's default.</summary>
    public short ReplicationFactor { get; init; } = -1;
}
