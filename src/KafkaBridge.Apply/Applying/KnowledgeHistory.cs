using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// From which of its ticks on one node had applied a transaction of another, by the vectors in the spines. Bounded: what
/// is forgotten counts as known since the oldest mark that is kept.
/// </summary>
sealed class KnowledgeHistory
{
    readonly Dictionary<(int Node, int Of), List<(TransactionPosition Position, long Tick)>> marks = [];

    /// <summary>Transactions of one node are noted in its commit order.</summary>
    public void Note(int node, SpineTransaction transaction)
    {
        foreach (var knowledge in transaction.Vector)
        {
            if (!marks.TryGetValue((node, knowledge.Node), out var list))
            {
                marks.Add((node, knowledge.Node), list = []);
            }

            if (list.Count == 0 || knowledge.Position > list[^1].Position)
            {
                if (list.Count == Limits.KnowledgeMarks)
                {
                    list.RemoveRange(0, Limits.KnowledgeMarks / 2);
                }

                list.Add((knowledge.Position, transaction.VersionTick));
            }
        }
    }

    /// <summary>The tick of the node's first transaction that knew this one; long.MaxValue: none so far.</summary>
    public long KnownAt(int node, int of, TransactionPosition position)
    {
        if (!marks.TryGetValue((node, of), out var list) || list[^1].Position < position)
        {
            return long.MaxValue;
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
            ticks[node] = node == self ? long.MaxValue : KnownAt(node, of, position);
        }

        return ticks;
    }
}
