using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>One record of the log: a change of one key (of every key: Truncate).</summary>
/// <param name="Claims">The unique values of the new row.</param>
/// <param name="Old">Those of the old row: the source's table has REPLICA IDENTITY FULL.</param>
readonly record struct LoggedChange(IncomingOperation Operation, int Key, int Value, Claims Claims, Claims Old, int Ordinal)
{
    /// <summary>Of the old row; null: there was none.</summary>
    public int? OldValue { get; init; }

    public bool Removes => Operation is IncomingOperation.Delete or IncomingOperation.Truncate;
}

/// <summary>
/// One transaction in a node's WAL: a user's (Changes), or one that the applier committed (Applied: the position row
/// it wrote).
/// </summary>
sealed record WalEntry(uint Xid, long CommitTime, IReadOnlyList<LoggedChange> Changes, (int Writer, AppliedPosition Position)? Applied)
{
    /// <summary>The transaction rewrote the table: the note of it is in the log.</summary>
    public bool Rewrites { get; init; }
}

/// <summary>An entry of a node's spine: a transaction, or a heartbeat (Transaction is null); and what was applied there.</summary>
sealed record SpineEntry(long Watermark, PublishedTransaction? Transaction, IReadOnlyList<Knowledge> Applied)
{
    /// <summary>The last of the node's WAL that was decoded.</summary>
    public TransactionPosition Decoded { get; init; }

    /// <summary>How far the node had read the log of the cluster's nodes.</summary>
    public int MembersRead { get; init; }

    /// <summary>Nothing after this counts: the node was removed, or is lost.</summary>
    public bool IsEnd { get; init; }
}

/// <summary>What a node publishes of one transaction, and what it had truly applied at that place of its WAL.</summary>
sealed record PublishedTransaction(
    int Writer, Lsn CommitLsn, uint Xid, long CommitTime, long Tick, bool SelfApply,
    IReadOnlyList<LoggedChange> Changes, IReadOnlyList<Knowledge> Vector)
{
    public int Epoch { get; init; } = 1;

    public TransactionPosition Position => new(Epoch, CommitLsn);

    public bool Rewrites { get; init; }

    public bool IsLifted => Tick != KafkaBridge.Changes.Tick.FromUnixMicroseconds(CommitTime);

    public Stamp StampOf(LoggedChange change) => new(new RowVersion(Tick, Writer), new ChangePosition(Position, change.Ordinal));
}
