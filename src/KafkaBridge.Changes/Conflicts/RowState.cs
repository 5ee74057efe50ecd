namespace KafkaBridge.Changes.Conflicts;

/// <summary>What all writes of one key up to a stamp come to.</summary>
/// <param name="Inserted">The write that this row began with: one that did not know it belongs to another row of the key, so it
/// replaces this one whole or not at all, and its differences (counters, merges) are void here.</param>
/// <param name="Written">The last write that took.</param>
/// <param name="Values">The row, kept while it is deleted: a concurrent later update brings it back whole.</param>
public sealed record RowState<TValue>(Stamp Inserted, Stamp Written, bool Exists, TValue[] Values)
{
    /// <summary>
    /// Writes that a function put into the row, and that the last one did not know: who knows the last alone has not seen the row.
    /// </summary>
    public IReadOnlyList<Stamp> Beside { get; init; } = [];
}
