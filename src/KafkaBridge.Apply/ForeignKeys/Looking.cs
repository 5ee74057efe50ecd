using KafkaBridge.Changes;

namespace KafkaBridge.Apply.ForeignKeys;

/// <summary>When rows that refer to a deleted one are looked for, and who deals with one: alike on every node.</summary>
public static class Looking
{
    static readonly TransactionPosition Everything = new(int.MaxValue, new Lsn(ulong.MaxValue));

    /// <summary>
    /// Up to here every other node, this one too, has said in its log that it has applied the origin's transactions. So all that any
    /// node wrote without knowing them is applied here: the origin's own writes stand before them in its log.
    /// </summary>
    /// <param name="applied">How far a node has applied an origin, as <see cref="Applying.ClusterProgress.Applied"/> says.</param>
    public static TransactionPosition UpTo(
        int origin, IEnumerable<int> nodes, Func<int, int, TransactionPosition> applied) =>
        nodes.Where(node => node != origin).Select(node => applied(node, origin)).DefaultIfEmpty(Everything).Min();

    /// <summary>Up to here this node has looked: a delete at <paramref name="next"/> is the first that it has not looked at.</summary>
    public static TransactionPosition Done(TransactionPosition applied, TransactionPosition? next) =>
        next is { } one ? one with { CommitLsn = new Lsn(one.CommitLsn.Value - 1) } : applied;

    /// <summary>Who wrote the row deals with it; where that is not known, the node with the lowest number.</summary>
    public static int Decider(int writer, IReadOnlyCollection<int> nodes) => nodes.Contains(writer) ? writer : nodes.Min();
}
