using KafkaBridge.Changes;

namespace KafkaBridge.Apply;

public enum OriginState { Running, Waiting, Stopped }

/// <summary>One origin as seen from this node, at one moment.</summary>
/// <param name="CommitTime">Of the last transaction applied, microseconds since 1970 UTC; 0: none since the start.</param>
/// <param name="Events">Changes that were done; like all counts, since the process started.</param>
/// <param name="Pending">Changes known from the spine and not yet applied. The spine is read ahead only so far: more may follow.</param>
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
    long Watermark)
{
    /// <summary>The last spine record that is done with; −1: none.</summary>
    public long SpineOffset { get; init; } = -1;

    /// <summary>From the origin's commit, by its clock, to the commit here, by this machine's.</summary>
    public LatencyHistogram? Latency { get; init; }

    /// <summary>While it is stopped: what <c>tx skip</c> and <c>tx retry</c> take.</summary>
    public string? HaltId { get; init; }
}

/// <param name="Retrying">The error that the whole applier waits out (connection lost, server starting), else null.</param>
/// <param name="CommitFailures">How often Kafka did not take the offsets that lag tools show.</param>
public sealed record ApplyStatus(IReadOnlyList<OriginStatus> Origins, string? Retrying, long CommitFailures)
{
    /// <summary>Failures by SQLSTATE, "none" where it did not come from PostgreSQL: tried again or not.</summary>
    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>By origin: up to where rows that refer to what it deleted have been looked for. Empty where no rule acts on them.</summary>
    public IReadOnlyDictionary<int, TransactionPosition> Looked { get; init; } = new Dictionary<int, TransactionPosition>();
}
