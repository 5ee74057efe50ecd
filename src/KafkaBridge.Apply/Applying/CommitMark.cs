using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// Finds the next transaction id of which holds: whatever an older one wrote has a version that no change still to come is below.
/// A transaction of ours is taken; all older ones have to end, then be applied to the node itself up to there, and then the
/// greatest version that anything has by then has to be passed by the horizon.
/// </summary>
sealed class CommitMark
{
    uint? candidate;
    Lsn? ended; // all older ones commit before
    long? greatest;
    uint? last; // what the mark's own note has left: no reason for another

    /// <param name="xid">The last of ours, committed.</param>
    /// <param name="oldest">The oldest that runs.</param>
    /// <param name="walEnd">Read after <paramref name="oldest"/>.</param>
    /// <param name="self">Up to where the node has applied itself.</param>
    /// <param name="applied">The greatest tick of anything that is applied, the node's own included.</param>
    /// <param name="settled">The horizon.</param>
    /// <returns>The mark, once; null: not yet.</returns>
    public uint? Look(uint xid, uint oldest, Lsn walEnd, Lsn self, long applied, long settled)
    {
        candidate ??= xid == last ? null : xid;
        if (candidate is not { } one)
        {
            return null;
        }

        ended ??= unchecked((int)(oldest - one)) > 0 ? walEnd : null;
        greatest ??= ended is { } end && self >= end ? applied : null;
        if (greatest is not { } bound || settled < bound)
        {
            return null;
        }

        (candidate, ended, greatest) = (null, null, null);
        return one;
    }

    /// <summary>The transaction that has noted the mark.</summary>
    public void NotedBy(uint xid) => last = xid;
}
