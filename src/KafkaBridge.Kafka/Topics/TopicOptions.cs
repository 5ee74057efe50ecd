using KafkaBridge.Changes;

namespace KafkaBridge.Kafka.Topics;

/// <summary>What a cluster's configuration says about its topics.</summary>
public sealed record TopicOptions
{
    /// <summary>How long data, chunks and spine are kept: so long may a node be away. Null: for ever.</summary>
    public TimeSpan? Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>-1: the cluster's default.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>The largest record batch of a topic; larger rows travel in chunks.</summary>
    public int MaxMessageBytes { get; init; } = 1_048_588;

    /// <summary>Tables of which only the last change of each origin per key is kept.</summary>
    public IReadOnlySet<RelationName> Compacted { get; init; } = new HashSet<RelationName>();
}
