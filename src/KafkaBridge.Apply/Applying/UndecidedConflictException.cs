namespace KafkaBridge.Apply.Applying;

/// <summary>A write of the origin lost by the rule error. It waits behind that transaction until a person has decided.</summary>
public sealed class UndecidedConflictException(string message) : Exception(message);
