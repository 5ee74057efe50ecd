using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// One PostgreSQL: its tables, its WAL, its clock. Users' commits flush the WAL; the applier's do not, so that a crash
/// loses what the applier did since, rows and positions together. Only what is on disk can be decoded.
/// </summary>
sealed class ModelServer(int number, int nodes, int keys, long clock)
{
    readonly List<WalEntry> wal = [];
    Database onDisk = new(keys, nodes);
    (LocalStatement[] Statements, long CommitTime)? stalled;
    uint nextXid = 700;

    public Database Data { get; private set; } = new(keys, nodes);
    public IReadOnlyList<WalEntry> Wal => wal;
    public int Flushed { get; private set; }
    public long Clock { get; set; } = clock;

    public static Lsn LsnOf(int index) => new((ulong)(index + 1) * 16);

    public uint TakeXid() => nextXid++;

    public void Commit(LocalStatement[] statements, Func<int> nextValue) => Commit(statements, Clock, nextValue);

    /// <summary>A transaction takes its commit time and goes no further. One at a time: a second one changes nothing.</summary>
    public void Stall(LocalStatement[] statements) => stalled ??= (statements, Clock);

    public void Resume(Func<int> nextValue)
    {
        if (stalled is { } transaction)
        {
            stalled = null;
            Commit(transaction.Statements, transaction.CommitTime, nextValue);
        }
    }

    /// <summary>The applier's transaction: it has written rows and its position row.</summary>
    public void CommitApplied(uint xid, long commitTime, int writer) =>
        wal.Add(new WalEntry(xid, commitTime, [], (writer, Data.Positions[writer])));

    public void Flush()
    {
        Flushed = wal.Count;
        onDisk = Data.Copy();
    }

    public void Crash()
    {
        wal.RemoveRange(Flushed, wal.Count - Flushed);
        Data = onDisk.Copy();
    }

    void Commit(LocalStatement[] statements, long commitTime, Func<int> nextValue)
    {
        var xid = TakeXid();
        var changes = new List<LoggedChange>();
        foreach (var statement in statements)
        {
            var xmin = statement.AfterSavepoint ? TakeXid() : xid;
            Execute(
                statement, changes, (key, value) => Data.Rows[key] = new ModelRow(value, xmin, xid, commitTime, Origin: null), nextValue);
        }

        if (changes.Count > 0)
        {
            wal.Add(new WalEntry(xid, commitTime, changes, Applied: null));
            Flush();
        }
    }

    void Execute(LocalStatement statement, List<LoggedChange> changes, Action<int, int> write, Func<int> nextValue)
    {
        var (rows, key) = (Data.Rows, statement.Key);
        var ordinal = changes.Count == 0 ? 0 : ((changes[^1].Ordinal / 2) + 1) * 2;
        switch (statement.Kind)
        {
            case LocalKind.Upsert:
                var operation = rows[key] is null ? IncomingOperation.Insert : IncomingOperation.Update;
                var value = nextValue();
                write(key, value);
                changes.Add(new(operation, key, value, ordinal));
                break;
            case LocalKind.Delete when rows[key] is not null:
                rows[key] = null;
                changes.Add(new(IncomingOperation.Delete, key, 0, ordinal));
                break;
            case LocalKind.MoveKey when rows[key] is not null && rows[statement.NewKey] is null:
                rows[key] = null;
                var moved = nextValue();
                write(statement.NewKey, moved);
                changes.Add(new(IncomingOperation.Delete, key, 0, ordinal));
                changes.Add(new(IncomingOperation.UpdateOfKey, statement.NewKey, moved, ordinal + 1));
                break;
            case LocalKind.Truncate:
                Array.Clear(rows);
                changes.Add(new(IncomingOperation.Truncate, -1, 0, ordinal));
                break;
        }
    }

    public override string ToString() => $"node {number}";
}
