namespace KafkaBridge.Apply.Applying;

/// <summary>Found while a round runs: the next one begins by noting it.</summary>
public sealed class CommitTimesLostException(string message) : Exception(message);
