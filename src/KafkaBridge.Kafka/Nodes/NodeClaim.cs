namespace KafkaBridge.Kafka.Nodes;

/// <summary>A node of the cluster: its name and number belong together for ever; the token tells two claims for one number apart.</summary>
public sealed record NodeClaim(string Name, int Number, string SystemIdentifier, uint DatabaseOid, int Epoch, Guid Token);
