using KafkaBridge.Changes;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// A server that is put into any state it was in before. Its WAL has the users' commits only, so that a commit's LSN says which of
/// its node's it is, and rows are marked by the transaction that wrote them: states that are equal then look equal.
/// </summary>
sealed class WalkedServer(int number, int nodes, int keys) : ModelServer(number, nodes, keys, clock: 0)
{
    public uint Xid { get; set; }

    public void Become(Database data) => Data = data;

    public override uint TakeXid() => Xid;

    public override void Flush()
    {
    }

    public override void CommitApplied(uint xid, long commitTime, int writer)
    {
    }

    /// <returns>Null: the statement had no effect.</returns>
    public WalEntry? TryCommit(LocalStatement statement, long clock, Func<int?, int> edit)
    {
        var before = wal.Count;
        (Xid, Clock) = (1_000 + (uint)before, clock);
        Commit([statement], edit);
        var entry = wal.Count > before ? wal[^1] : null;
        Pop(before);
        return entry;
    }

    public void Push(WalEntry entry) => wal.Add(entry);

    public void Pop() => Pop(wal.Count - 1);

    void Pop(int left) => wal.RemoveRange(left, wal.Count - left);
}

/// <summary>The log of one node, to which entries are added and taken back.</summary>
sealed class WalkedLog(int number, ModelServer server, History shape, Mutant mutant) : ModelCapture(number, server, shape, mutant)
{
    /// <summary>A commit as capture would publish it, had it applied these before; it stays out of the log.</summary>
    public PublishedTransaction Publish(WalEntry entry, IEnumerable<Knowledge> applied)
    {
        Array.Clear(vector);
        assigner = new VersionAssigner(spine is [.., var last] ? last.Transaction!.Tick : 0, 0, 0);
        foreach (var known in applied)
        {
            vector[known.Node] = known;
            assigner.NoteApplied(known.Tick);
        }

        decoded = spine.Count;
        Publish(entry);
        var published = spine[^1].Transaction!;
        Pop();
        return published;
    }

    public void Push(SpineEntry entry) => spine.Add(entry);

    public void Pop() => spine.RemoveAt(spine.Count - 1);

    /// <summary>Of a WAL that has what was applied in it.</summary>
    protected override void Check(long tick)
    {
    }
}
