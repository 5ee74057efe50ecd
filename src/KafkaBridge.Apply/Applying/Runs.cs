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
/// The runs among changes that are taken in order: those that follow each other in one tick and one table and touch a row each, so that
/// it is all the same which of them is first.
/// </summary>
public sealed class Runs
{
    readonly List<int> ends = [];
    readonly HashSet<int> keys = []; // of the run that goes on
    (long Tick, int Table, Sharing Sharing) last;
    int start;

    /// <param name="key">A hash of its key, where rows are told apart.</param>
    public void Add(long tick, int table, Sharing sharing, int key)
    {
        var now = (tick, table, sharing);
        if (now != last || sharing == Sharing.Alone || (sharing == Sharing.OtherRows && keys.Contains(key)))
        {
            Close();
            last = now;
        }

        keys.Add(key);
        ends.Add(0);
    }

    /// <returns>For each change the number, from 1, of the last one of its run.</returns>
    public int[] Ends()
    {
        Close();
        return [.. ends];
    }

    void Close()
    {
        CollectionsMarshal.AsSpan(ends)[start..].Fill(ends.Count);
        start = ends.Count;
        keys.Clear();
    }
}
