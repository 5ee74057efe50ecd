namespace KafkaBridge.Changes;

/// <summary>What one session is about to change. A key stands as a hash: two keys of one hash only wait for each other.</summary>
public sealed class WriteSet
{
    readonly HashSet<long> rows = [];
    readonly HashSet<int> whole = [];
    readonly HashSet<int> touched = []; // the tables of both
    readonly bool everything;

    public WriteSet()
    {
    }

    WriteSet(bool everything) => this.everything = everything;

    /// <summary>What will be changed isn't known yet.</summary>
    public static WriteSet Everything { get; } = new(everything: true);

    public void AddRow(int table, int key)
    {
        touched.Add(table);
        rows.Add(((long)table << 32) | (uint)key);
    }

    public void AddTable(int table)
    {
        touched.Add(table);
        whole.Add(table);
    }

    /// <summary>Whether the two may not run at once.</summary>
    public bool Overlaps(WriteSet other) =>
        everything || other.everything || whole.Overlaps(other.touched) || other.whole.Overlaps(touched)
        || (rows.Count < other.rows.Count ? other.rows.Overlaps(rows) : rows.Overlaps(other.rows));
}
