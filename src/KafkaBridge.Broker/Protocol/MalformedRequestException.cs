namespace KafkaBridge.Broker.Protocol;

/// <summary>The bytes are not what the protocol says; the connection is closed.</summary>
public sealed class MalformedRequestException(string message) : Exception(message);
