namespace KafkaBridge.Apply.Applying;

/// <summary>A position row is not where this session left it: somebody else moved it. Everything is read again.</summary>
public sealed class PositionMovedException(string message) : Exception(message);
