namespace KafkaBridge.Changes.Conflicts;

public enum IncomingOperation
{
    /// <summary>Writes the full row, whether or not it is there.</summary>
    Insert,

    /// <summary>Writes the full row, whether or not it is there: differs from an insert in the conflict's name only.</summary>
    Update,

    /// <summary>The second half of a key change: an insert at the new key.</summary>
    UpdateOfKey,

    /// <summary>Removes the row; also the first half of a key change.</summary>
    Delete,

    /// <summary>
    /// Asked once for each row of the table; the table's tombstone is raised besides (
    /// <see cref="LastUpdateWins.Raise"/>).
    /// </summary>
    Truncate,
}

/// <summary>One change of one row as it arrives. Changes of one origin arrive in its commit order, each once.</summary>
/// <param name="IsSelf">This node wrote it: it applies its own deletes and lifted transactions.</param>
/// <param name="IsLifted">The stamp's tick is not that of the transaction's commit time; or the transaction also rewrote a table.</param>
public readonly record struct IncomingChange(IncomingOperation Operation, Stamp Stamp, bool IsSelf, bool IsLifted)
{
    public bool IsUpsert => Operation is IncomingOperation.Insert or IncomingOperation.Update or IncomingOperation.UpdateOfKey;
}
