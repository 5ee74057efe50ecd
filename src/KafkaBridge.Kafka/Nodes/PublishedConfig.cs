namespace KafkaBridge.Kafka.Nodes;

/// <summary>The part of the configuration that every node must share. Versions only rise.</summary>
/// <param name="PerNode">Partitions per node and topic, fixed for the cluster.</param>
public sealed record PublishedConfig(int Version, string Hash, IReadOnlyList<string> Tables, int PerNode);
