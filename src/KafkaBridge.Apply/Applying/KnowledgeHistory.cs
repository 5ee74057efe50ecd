using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// From which of its ticks on one node had applied a transaction of another, by the vectors in the spines. Bounded, and empty
/// after a start: what it can't tell counts as known, so that a succession is never taken for a conflict.
/// </summary>
sealed class KnowledgeHistory
{
    const long Always = 0;
    const long Never = long.MaxValue;

    readonly Dictionary<(int Node, int Of), List<(TransactionPosition Position, long Tick)>> marks = [];
    readonly HashSet<int> followed = [];
    readonly Lock guard = new(); // every lane notes its own and asks of all

    /// <summary>Nothing of the node was applied before: what its first transaction knew it knew from its own tick on.</summary>
    public void FollowFromBeginning(int node)
    {
        lock (guard)
        {
            followed.Add(node);
        }
    }

    /// <summary>Transactions of one node are noted in its commit order, each before it is applied.</summary>
    public void Note(int node, SpineTransaction transaction)
    {
        lock (guard)
        {
            NoteVector(node, transaction);
        }
    }

    void NoteVector(int node, SpineTransaction transaction)
    {
        var since = followed.Add(node) ? Always : transaction.VersionTick;
        foreach (var knowledge in transaction.Vector)
        {
            if (!marks.TryGetValue((node, knowledge.Node), out var list))
            {
                marks.Add((node, knowledge.Node), list = []);
            }

            if (list.Count == 0 || knowledge.Position > list[^1].Position)
            {
                Add(list, (knowledge.Position, since));
            }
        }
    }

    /// <summary>The tick of the node's first transaction that knew this one; long.MaxValue: none so far; 0: it can't be told.</summary>
    public long KnownAt(int node, int of, TransactionPosition position)
    {
        lock (guard)
        {
            return Find(node, of, position);
        }
    }

    long Find(int node, int of, TransactionPosition position)
    {
        if (!followed.Contains(node))
        {
            return Always;
        }

        // Vectors never fall: what the latest transaction doesn't know no earlier one did.
        if (!marks.TryGetValue((node, of), out var list) || list[^1].Position < position)
        {
            return Never;
        }

        var (low, high) = (0, list.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = list[middle].Position >= position ? (low, middle) : (middle + 1, high);
        }

        return list[low].Tick;
    }

    /// <summary>For every node number below width; the node itself can't have known what it is only now applying.</summary>
    public long[] KnownAt(int of, TransactionPosition position, int width, int self)
    {
        var ticks = new long[width];
        for (var node = 0; node < width; node++)
        {
            ticks[node] = node == self ? Never : KnownAt(node, of, position);
        }

        return ticks;
    }

    static void Add(List<(TransactionPosition Position, long Tick)> list, (TransactionPosition Position, long Tick) mark)
    {
        if (list.Count > 0 && list[^1].Tick == mark.Tick)
        {
            list[^1] = mark;
            return;
        }

        if (list.Count == Limits.KnowledgeMarks)
        {
            list.RemoveRange(0, Limits.KnowledgeMarks / 2);
            list[0] = (list[0].Position, Always);
        }

        list.Add(mark);
    }
}
