using System.Collections.Concurrent;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Applying;

/// <summary>How far every origin is applied here, and how far the others say they are: what lanes ask of each other.</summary>
sealed class ClusterProgress
{
    readonly ConcurrentDictionary<int, TransactionPosition> here = new();
    readonly ConcurrentDictionary<(int Node, int Of), TransactionPosition> there = new();
    long settled;

    /// <summary>No transaction at or below this tick can come any more, of any origin.</summary>
    public long Settled
    {
        get => Volatile.Read(ref settled);
        set => Volatile.Write(ref settled, value);
    }

    public void Note(int origin, TransactionPosition applied) => here[origin] = applied;

    /// <summary>What a node says in its log it had applied, once everything before that in its log is applied here.</summary>
    public void Note(int node, SpineRecord record)
    {
        foreach (var one in record.Applied ?? [])
        {
            there[(node, one.Node)] = one.Position;
        }
    }

    /// <summary>Everything that the vector names is applied here.</summary>
    public bool Covers(IReadOnlyList<Knowledge> vector) => vector.All(one => here.GetValueOrDefault(one.Node) >= one.Position);

    /// <summary>
    /// How far a node had applied another, or itself, by its log: all that it had committed before it said so is applied here
    /// already. Of this node too: what it has applied may be ahead of its own writes that are still on their way.
    /// </summary>
    public TransactionPosition Applied(int node, int of) => there.GetValueOrDefault((node, of));
}
