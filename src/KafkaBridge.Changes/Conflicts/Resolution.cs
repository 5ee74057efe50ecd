namespace KafkaBridge.Changes.Conflicts;

public enum ResolvedAction
{
    /// <summary>The row, or its absence, stays.</summary>
    KeepLocal,

    /// <summary>The row is written with the change's image and version, or removed.</summary>
    ApplyIncoming,
}

/// <summary>What to do with one change, all in one statement or one transaction.</summary>
/// <param name="WriteTombstone">The key's tombstone becomes this one.</param>
/// <param name="RemoveTombstone">The key's tombstone goes, the row being there with a greater version.</param>
/// <param name="WriteOverride">The row keeps its content, and this version is noted for its present xmin.</param>
/// <param name="Kind">What it is called; null where there is nothing to decide.</param>
/// <param name="IsConflict">Two writers, and neither version knew the other: the history gets a row. False: one succeeds the other.</param>
public readonly record struct Resolution(
    ResolvedAction Action,
    Stamp? WriteTombstone,
    bool RemoveTombstone,
    Stamp? WriteOverride,
    ConflictKind? Kind,
    bool IsConflict);
