using System.Runtime.InteropServices;

namespace KafkaBridge.Apply.Applying;

/// <summary>With which neighbours a change may share a statement.</summary>
public enum Sharing : byte
{
    /// <summary>None.</summary>
    Alone,

    /// <summary>Inserts into its table: whether two of them have one key isn't known.</summary>
    Inserts,

    /// <summary>Inserts, updates and deletes of other rows of its table.</summary>
    OtherRows,
}

/// <summary>
/// The order in which changes are made, and the runs among them: those that follow each other in one tick and one table, are of one kind
/// and touch a row each, so that it is all the same which of them is first. All of a tick becomes visible at once, so those of one table
/// are made one after the other, kind by kind, whatever else came between them, a row's in their order; unless one in the tick is alone,
/// or in a table whose triggers could tell. Tables come in the order in which the tick first touches them: users who lock in that order
/// are in nobody's way.
/// </summary>
public sealed class Runs
{
    readonly List<Change> pending = []; // of the tick at hand
    readonly Dictionary<(int Table, int Key), int> touched = []; // how often
    readonly Dictionary<int, int> ranks = []; // of tables
    readonly List<int> order = [];
    readonly List<int> ends = [];
    readonly HashSet<int> keys = []; // of the run that goes on
    (int Table, Sharing Sharing, char Op) last;
    long tickNow;
    bool inOrder;
    int start;

    readonly record struct Change(int Place, int Turn, int Rank, int Table, Sharing Sharing, int Key, char Op);

    /// <param name="key">A hash of its key, where rows are told apart.</param>
    /// <param name="isObserved">Something fires in its table that may look at others.</param>
    public void Add(long tick, int table, char op, Sharing sharing, int key, bool isObserved)
    {
        if (tick != tickNow)
        {
            CloseTick();
            tickNow = tick;
        }

        var turn = 0;
        if (sharing == Sharing.OtherRows)
        {
            ref var times = ref CollectionsMarshal.GetValueRefOrAddDefault(touched, (table, key), out _);
            turn = times++;
        }

        if (!ranks.TryGetValue(table, out var rank))
        {
            ranks[table] = rank = ranks.Count;
        }

        inOrder |= isObserved || sharing == Sharing.Alone;
        pending.Add(new Change(order.Count + pending.Count, turn, rank, table, sharing, key, op));
    }

    /// <returns>
    /// Order: which change is made as which, from 0; Ends: for each in that order the number, from 1, of the last one of its run.
    /// </returns>
    public (int[] Order, int[] Ends) Arrange()
    {
        CloseTick();
        return ([.. order], [.. ends]);
    }

    void CloseTick()
    {
        if (!inOrder)
        {
            pending.Sort((one, other) =>
                (one.Turn, one.Rank, one.Op, one.Place).CompareTo((other.Turn, other.Rank, other.Op, other.Place)));
        }

        foreach (var change in pending)
        {
            Append(change);
        }

        CloseRun();
        pending.Clear();
        touched.Clear();
        ranks.Clear();
        inOrder = false;
    }

    void Append(Change change)
    {
        var now = (change.Table, change.Sharing, change.Op);
        if (now != last || change.Sharing == Sharing.Alone || (change.Sharing == Sharing.OtherRows && keys.Contains(change.Key)))
        {
            CloseRun();
            last = now;
        }

        keys.Add(change.Key);
        order.Add(change.Place);
        ends.Add(0);
    }

    void CloseRun()
    {
        CollectionsMarshal.AsSpan(ends)[start..].Fill(ends.Count);
        start = ends.Count;
        keys.Clear();
    }
}
