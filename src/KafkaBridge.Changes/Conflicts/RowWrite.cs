namespace KafkaBridge.Changes.Conflicts;

/// <summary>One write of one row, whole, as its origin published it.</summary>
/// <param name="Knowledge">What the writer had applied when it committed.</param>
/// <param name="Old">The row before; null: there was none (an insert).</param>
/// <param name="New">The row after; null: there is none (a delete).</param>
public sealed record RowWrite<TValue>(Stamp Stamp, KnowledgeVector Knowledge, TValue[]? Old, TValue[]? New)
{
    /// <summary>Whether the writer had seen that version, or wrote it before.</summary>
    public bool Knows(Stamp other) =>
        other.Version.Writer == Stamp.Version.Writer ? other <= Stamp : Knowledge.Knows(other.Version, other.Position.Transaction);

    /// <summary>What the write is to the row that an earlier one left, or to none. A key change inserts with an odd ordinal.</summary>
    public ConflictKind KindAgainst(bool isThere) => (New, Old) switch
    {
        (null, _) => isThere ? ConflictKind.DeleteOriginDiffers : ConflictKind.DeleteMissing,
        (_, null) when Stamp.Position.Ordinal % 2 == 0 => isThere ? ConflictKind.InsertExists : ConflictKind.InsertDeleted,
        (_, null) => isThere ? ConflictKind.UpdateExists : ConflictKind.UpdateDeleted,
        _ => isThere ? ConflictKind.UpdateOriginDiffers : ConflictKind.UpdateDeleted,
    };
}
