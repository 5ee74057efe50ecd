namespace KafkaBridge.Changes.Conflicts;

/// <summary>The row that has the change's key now, as the deciding snapshot sees it.</summary>
/// <param name="Version">
/// The override's, where one is noted for this very <c>xmin</c>; else the tick of xmin's commit time, and the node that
/// xmin's origin stands for (this node, where it has none).
/// </param>
/// <param name="IsRaw">A session of this node wrote it: xmin has no origin. An override does not change that.</param>
/// <param name="IsOwnTransaction">
/// Raw, and xmin's commit time is, to the microsecond, the change's transaction's: that transaction wrote it. Never
/// compare the transaction's id: a row written after a savepoint has the subtransaction's.
/// </param>
public readonly record struct LocalRow(RowVersion Version, bool IsRaw, bool IsOwnTransaction);
