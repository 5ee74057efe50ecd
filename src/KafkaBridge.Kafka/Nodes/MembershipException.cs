namespace KafkaBridge.Kafka.Nodes;

/// <summary>The cluster's log says something else than this node or its configuration: a person has to decide.</summary>
public sealed class MembershipException(string message) : Exception(message);
