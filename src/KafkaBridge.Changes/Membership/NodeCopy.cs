namespace KafkaBridge.Changes.Membership;

/// <summary>
/// What a joining node was copied from: one snapshot of another node's database, with rows, hidden rows, tombstones, overrides,
/// histories, positions and the horizon all of the same moment. The source's own last transactions may be in it before the
/// source has published them; they come through the log once more.
/// </summary>
/// <param name="Source">The number of the node that was copied.</param>
/// <param name="At">The snapshot has exactly the source's transactions up to here, published or not.</param>
/// <param name="Horizon">The tick up to which the source had collected when the snapshot was taken; it stands in the same snapshot.</param>
public sealed record NodeCopy(int Source, TransactionPosition At, long Horizon)
{
    /// <summary>The snapshot has the transaction, though the source's position in it may be before.</summary>
    public bool Holds(int writer, TransactionPosition position) => writer == Source && position <= At;

    /// <summary>
    /// The source had decided the transaction and may have collected what it left, so it must not be applied again: the source's
    /// position row may be behind that.
    /// </summary>
    public bool HasSettled(int writer, TransactionPosition position, long tick) => Holds(writer, position) && tick <= Horizon;

    /// <summary>
    /// Which version a row must have here. One at or below the horizon may be loaded in bulk, by any commit time whose tick is not
    /// above the horizon: it loses to all that may still come.
    /// </summary>
    /// <param name="version">As the source reads it, override or not.</param>
    /// <param name="isMeasured">Something is hidden in its table: the order of the two decides which is shown.</param>
    /// <returns>Null: it may be loaded in bulk.</returns>
    public RowVersion? ExactVersion(RowVersion version, bool isMeasured) =>
        version.Tick > Horizon || isMeasured ? version : null;
}
