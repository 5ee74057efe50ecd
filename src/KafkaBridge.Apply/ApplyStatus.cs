using KafkaBridge.Changes;

namespace KafkaBridge.Apply;

public enum OriginState { Running, Waiting, Stopped }

/// <summary>One origin as seen from this node, at one moment.</summary>
/// <param name="CommitTime">Of the last transaction applied, microseconds since 1970 UTC; 0: none since the start.</param>
/// <param name="Pending">Transactions read from the spine and not yet applied.</param>
/// <param name="Sentence">Why it is stopped or being tried again, and what to do.</param>
public sealed record OriginStatus(
    int Writer,
    string Name,
    TransactionPosition Position,
    long Tick,
    long CommitTime,
    long Events,
    long Transactions,
    long Conflicts,
    long Skipped,
    int Pending,
    OriginState State,
    string? Sentence,
    long Watermark);

/// <param name="Retrying">The error that the whole applier waits out (connection lost, server starting), else null.</param>
public sealed record ApplyStatus(IReadOnlyList<OriginStatus> Origins, string? Retrying)
{
    public static readonly ApplyStatus Empty = new([], null);
}
