namespace KafkaBridge.Apply.Folding;

/// <summary>The function that decides a table's conflicts has no answer, or none that can stand. Its origin stops.</summary>
public sealed class FunctionFailedException(string message) : Exception(message);
