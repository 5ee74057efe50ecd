namespace KafkaBridge.Changes.Conflicts;

/// <summary>The key's winner now, visible or hidden, as the deciding snapshot sees it.</summary>
/// <param name="Version">
/// The override's, where one is noted for this very <c>xmin</c>; else the tick of xmin's commit time, and the node that
/// xmin's origin stands for (this node, where it has none).
/// </param>
/// <param name="IsRaw">
/// A session of this node wrote it, not before the change: xmin has no origin. An override does not change that. A raw row that
/// was hidden (and perhaps shown again) stays raw for changes up to the WAL position at which it was hidden, which is noted
/// with its commit time; a later local change has made it void.
/// </param>
/// <param name="IsOwnTransaction">
/// Raw, and xmin's commit time is, to the microsecond, the change's transaction's: that transaction wrote it. Never
/// compare the transaction's id: a row written after a savepoint has the subtransaction's.
/// </param>
public readonly record struct LocalRow(RowVersion Version, bool IsRaw, bool IsOwnTransaction);
