namespace KafkaBridge.Kafka.Nodes;

/// <summary>The part of the configuration that every node must share. Versions only rise.</summary>
/// <param name="PerNode">Partitions per node and topic, fixed for the cluster.</param>
public sealed record PublishedConfig(int Version, string Hash, IReadOnlyList<string> Tables, int PerNode)
{
    /// <summary>By schema.table the digest of the function that decides its conflicts.</summary>
    public IReadOnlyDictionary<string, string> Functions { get; init; } = new Dictionary<string, string>();
}
