using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// One PostgreSQL: its tables, its WAL, its clock. Users' commits flush the WAL; the applier's do not, so that a crash
/// loses what the applier did since, rows and positions together. Only what is on disk can be decoded.
/// </summary>
class ModelServer(int number, int nodes, int keys, long clock)
{
    protected readonly List<WalEntry> wal = [];
    Database onDisk = new(keys, nodes);
    readonly List<Lsn> forks = []; // by epoch, from the second on: where its timeline left the one before
    (Database Data, int WalEnd)? standby;
    (LocalStatement[] Statements, long CommitTime)? stalled;
    uint nextXid = 700;

    public Database Data { get; protected set; } = new(keys, nodes);
    public IReadOnlyList<WalEntry> Wal => wal;
    public int Flushed { get; private set; }
    public int Epoch { get; private set; } = 1;

    /// <summary>
    /// Whether a standby took over that did not have it. The epoch alone doesn't say: what stood before the fork may have been
    /// published after it.
    /// </summary>
    public bool IsLost(TransactionPosition own) => forks.Skip(own.Epoch - 1).Any(fork => own.CommitLsn > fork);
    public Lsn WalEnd => LsnOf(wal.Count);
    public long Clock { get; set; } = clock;

    public static Lsn LsnOf(int index) => new((ulong)(index + 1) * 16);

    public virtual uint TakeXid() => nextXid++;

    /// <summary>The event trigger on a rewrite: the (sub)transaction that rewrites, its transaction, and its commit time.</summary>
    public Action<uint, uint, long> KeepVersions { get; set; } = (_, _, _) => { };

    /// <param name="edit">What a user makes of a row's value; null: he inserts it.</param>
    public void Commit(LocalStatement[] statements, Func<int?, int> edit) => Commit(statements, Clock, edit);

    /// <summary>A transaction takes its commit time and goes no further. One at a time: a second one changes nothing.</summary>
    public void Stall(LocalStatement[] statements) => stalled ??= (statements, Clock);

    public void Resume(Func<int?, int> edit)
    {
        if (stalled is { } transaction)
        {
            stalled = null;
            Commit(transaction.Statements, transaction.CommitTime, edit);
        }
    }

    /// <summary>The applier's transaction: it has written rows and its position row.</summary>
    public virtual void CommitApplied(uint xid, long commitTime, int writer) =>
        wal.Add(new WalEntry(xid, commitTime, [], (writer, Data.Positions[writer])));

    public virtual void Flush()
    {
        (Flushed, onDisk) = (wal.Count, Data.Copy());
    }

    public void Crash()
    {
        wal.RemoveRange(Flushed, wal.Count - Flushed);
        Data = onDisk.Copy();
    }

    /// <summary>The standby has all that is on disk now.</summary>
    public void BackUp() => standby = (onDisk.Copy(), Flushed);

    /// <summary>The standby takes over: what came after is lost, though it may be published.</summary>
    public bool FailOver()
    {
        if (standby is not { } kept || kept.WalEnd > Flushed)
        {
            return false;
        }

        wal.RemoveRange(kept.WalEnd, wal.Count - kept.WalEnd);
        (Data, stalled) = (kept.Data.Copy(), null);
        forks.Add(LsnOf(kept.WalEnd - 1));
        Flush();
        Epoch++;
        return true;
    }

    void Commit(LocalStatement[] statements, long commitTime, Func<int?, int> edit)
    {
        var xid = TakeXid();
        var changes = new List<LoggedChange>();
        foreach (var statement in statements)
        {
            var xmin = statement.AfterSavepoint ? TakeXid() : xid;
            if (statement.Kind == LocalKind.Rewrite)
            {
                KeepVersions(xmin, xid, commitTime);
                for (var key = 0; key < Data.Rows.Length; key++)
                {
                    Data.Rows[key] = Data.Rows[key] is { } row
                        ? row with { Xmin = xmin, Transaction = xid, CommitTime = commitTime, Origin = null }
                        : null;
                }

                continue;
            }

            Execute(statement, changes, (old, claims) => new ModelRow(edit(old?.Value), claims, xmin, xid, commitTime, Origin: null));
        }

        if (changes.Count > 0)
        {
            wal.Add(new WalEntry(xid, commitTime, changes, Applied: null)
            {
                Rewrites = statements.Any(statement => statement.Kind == LocalKind.Rewrite),
            });
        }

        if (wal.Count > Flushed || statements.Any(statement => statement.Kind == LocalKind.Rewrite))
        {
            Flush();
        }
    }

    void Execute(LocalStatement statement, List<LoggedChange> changes, Func<ModelRow?, Claims, ModelRow> newRow)
    {
        var (rows, key, newKey) = (Data.Rows, statement.Key, statement.NewKey);
        switch (statement.Kind)
        {
            case LocalKind.Upsert when !Data.IsTaken(statement.Claims, key):
                Write(key, statement.Claims);
                break;
            case LocalKind.Delete when rows[key] is not null:
                Remove(key);
                break;
            case LocalKind.MoveKey when rows[key] is { } moving && rows[newKey] is null:
                Remove(key);
                rows[newKey] = newRow(moving, moving.Claims);
                Log(IncomingOperation.UpdateOfKey, newKey, old: null, changes[^1].Ordinal + 1);
                break;
            case LocalKind.Swap when rows[key] is { } one && rows[newKey] is { } other && one.Claims != other.Claims:
                Write(key, other.Claims);
                Write(newKey, one.Claims);
                break;
            case LocalKind.Truncate:
                Array.Clear(rows);
                changes.Add(new(IncomingOperation.Truncate, -1, 0, default, default, NextOrdinal()));
                break;
        }

        int NextOrdinal() => changes.Count == 0 ? 0 : ((changes[^1].Ordinal / 2) + 1) * 2;

        void Log(IncomingOperation operation, int at, ModelRow? old, int ordinal) => changes.Add(
            new(operation, at, rows[at]?.Value ?? 0, rows[at]?.Claims ?? default, old?.Claims ?? default, ordinal)
            {
                OldValue = old?.Value,
            });

        void Write(int at, Claims claims)
        {
            var old = rows[at];
            rows[at] = newRow(old, claims);
            Log(old is null ? IncomingOperation.Insert : IncomingOperation.Update, at, old, NextOrdinal());
        }

        void Remove(int at)
        {
            var old = rows[at]!.Value;
            rows[at] = null;
            Log(IncomingOperation.Delete, at, old, NextOrdinal());
        }
    }

    public override string ToString() => $"node {number}";
}
