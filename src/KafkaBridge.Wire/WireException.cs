namespace KafkaBridge.Wire;

/// <summary>
/// A record that this program can't read: foreign, truncated, or written by a newer version. The message says which;
/// the caller adds topic, partition and offset.
/// </summary>
public sealed class WireException(string message) : Exception(message);
