namespace KafkaBridge.Changes.Membership;

/// <summary>
/// A joining node from its copy to its first write. The others learn of it from the log of the cluster's nodes and say in their own
/// logs that they count it: from then on they collect nothing more until it promises. What they had collected before, or
/// forgotten because every node had applied it, it must lie above, or have applied.
/// </summary>
/// <param name="announced">Where the node's announcement stands in the log of the cluster's nodes.</param>
/// <param name="members">The nodes announced before it that have not ended.</param>
public sealed class Admission(NodeCopy copy, long announced, IReadOnlyCollection<int> members)
{
    readonly SortedSet<int> awaited = [.. members];
    readonly Dictionary<int, TransactionPosition> named = [];
    long promised;

    /// <summary>The source has published everything that the copy holds.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The copy may hold what its source lost before it was published: it must be made again.</summary>
    public bool IsVoid { get; private set; }

    /// <summary>The node's log is applied here up to an entry.</summary>
    /// <param name="decoded">How far the node had decoded its WAL there.</param>
    /// <param name="membersRead">How far it had read the log of the cluster's nodes, and so whom it counts.</param>
    /// <param name="watermark">Its promise.</param>
    /// <param name="applied">What it had applied of every node, itself included.</param>
    public void Read(int node, TransactionPosition decoded, long membersRead, long watermark, IEnumerable<Knowledge> applied)
    {
        if (node == copy.Source && !IsWhole)
        {
            IsVoid |= decoded.Epoch > copy.At.Epoch;
            IsWhole = !IsVoid && decoded >= copy.At;
        }

        if (membersRead > announced && awaited.Remove(node))
        {
            promised = Math.Max(promised, watermark);
            foreach (var known in applied)
            {
                named[known.Node] = named.TryGetValue(known.Node, out var other) && other > known.Position ? other : known.Position;
            }
        }
    }

    /// <summary>The node's log has ended, and is applied here up to there.</summary>
    public void End(int node)
    {
        awaited.Remove(node);
        IsVoid |= node == copy.Source && !IsWhole;
    }

    /// <summary>The bridge starts again: what was read counts once it is read again from the position rows on.</summary>
    public Admission Again() => new(copy, announced, members);

    /// <summary>
    /// The first promise, with which the node may begin to write: all others count it, and neither its versions nor what it knows
    /// fall behind what they gave up before they did.
    /// </summary>
    /// <param name="applied">How far a node's transactions are applied here.</param>
    /// <returns>Null: not yet.</returns>
    public long? FirstWatermark(Func<int, TransactionPosition> applied) =>
        IsWhole && awaited.Count == 0 && named.All(known => applied(known.Key) >= known.Value) ? promised : null;
}
