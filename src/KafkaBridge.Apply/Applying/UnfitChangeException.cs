namespace KafkaBridge.Apply.Applying;

/// <summary>A change that this node's tables can't take: a table or column is missing here. Its origin stops.</summary>
public sealed class UnfitChangeException(string message) : Exception(message);
