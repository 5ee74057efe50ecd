namespace KafkaBridge.Changes;

/// <summary>
/// Where in one topic-partition a transaction's records lie: all within First..Last, both included, Count of them its
/// own.
/// </summary>
public sealed record SpineExtent(string Topic, int Partition, long FirstOffset, long LastOffset, int Count);

/// <summary>What a writer had applied of one other node when it committed: the node's last transaction, and its tick.</summary>
public readonly record struct Knowledge(int Node, TransactionPosition Position, long Tick);

/// <summary>
/// One transaction of one node in commit order: written only after all its data records are acknowledged, so a reader
/// who sees it can take the transaction whole.
/// </summary>
public sealed record SpineTransaction
{
    public required Lsn CommitLsn { get; init; }
    public required uint Xid { get; init; }

    /// <summary>The server's commit time, microseconds since 1970 UTC.</summary>
    public required long CommitTime { get; init; }

    /// <summary>The version's tick as capture assigned it; greater than the commit time's own where the transaction is lifted.</summary>
    public required long VersionTick { get; init; }

    /// <summary>The node itself must apply it: it deletes, truncates, changes a key, rewrites a table, or is lifted.</summary>
    public required bool SelfApply { get; init; }

    /// <summary>
    /// It rewrote a table, so what it wrote there reads lower than it is: the node applies all of it like what is lifted.
    /// </summary>
    public bool Rewrites { get; init; }

    public required int RecordCount { get; init; }
    public required IReadOnlyList<SpineExtent> Extents { get; init; }

    /// <summary>The vector: what the writer had applied of every other node.</summary>
    public required IReadOnlyList<Knowledge> Vector { get; init; }

    public bool IsLifted => VersionTick != Tick.FromUnixMicroseconds(CommitTime);
}

public enum SpineKind { SessionStart, Transactions, Heartbeat }

/// <summary>One record of <c>cluster.spine</c>, in its node's partition.</summary>
public sealed record SpineRecord
{
    public required SpineKind Kind { get; init; }
    public required int Node { get; init; }
    public required int Session { get; init; }
    public required int Epoch { get; init; }

    /// <summary>The version of the cluster's published configuration that the session captures by.</summary>
    public required int ConfigVersion { get; init; }

    /// <summary>Decoded up to here: the end of the last transaction's commit record (beyond its CommitLsn),
    /// or a heartbeat's WAL end. The slot may be confirmed to it.</summary>
    public required Lsn DecodedLsn { get; init; }

    /// <summary>The promise: no transaction after this record has a tick at or below it. 0: nothing promised yet.</summary>
    public required long Watermark { get; init; }

    public required IReadOnlyList<SpineTransaction> Transactions { get; init; }

    /// <summary>
    /// What the node had applied of every other at <see cref="DecodedLsn"/>, in a heartbeat of itself too; null: the record's
    /// format is 1.
    /// </summary>
    public required IReadOnlyList<Knowledge>? Applied { get; init; }
}
