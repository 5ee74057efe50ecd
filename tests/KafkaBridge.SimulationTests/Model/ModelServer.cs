using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Changes.Membership;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// One PostgreSQL: its tables, its WAL, its clock. Users' commits flush the WAL; the applier's do not, so that a crash
/// loses what the applier did since, rows and positions together. Only what is on disk can be decoded.
/// </summary>
class ModelServer(int number, int nodes, int keys, long clock)
{
    protected readonly List<WalEntry> wal = [];
    Database onDisk = new(keys, nodes);
    readonly List<(Database Data, WalEntry[] Wal, int Epoch)> backups = [];
    Timelines timelines = Timelines.First;
    (Database Data, int WalEnd)? standby;
    (LocalStatement[] Statements, long CommitTime)? stalled;
    uint nextXid = 700;
    uint lastApplied;

    public Database Data { get; protected set; } = new(keys, nodes);
    public IReadOnlyList<WalEntry> Wal => wal;
    public int Flushed { get; private set; }
    public int Epoch => timelines.Epoch;

    /// <summary>Who wrote rows without an origin.</summary>
    public LocalWriters Writers { get; private set; } = new(number, []);

    /// <summary>Whether the database has what this own transaction did; else a standby took over, or a backup was restored.</summary>
    public bool Has(TransactionPosition own) => timelines.Holds(own);

    public Lsn WalEnd => LsnOf(wal.Count);
    public long Clock { get; set; } = clock;

    public static Lsn LsnOf(int index) => new((ulong)(index + 1) * 16);

    public uint NextXid => nextXid;

    public virtual uint TakeXid() => nextXid++;

    /// <summary>The server starts again without commit times, and has forgotten those that it had.</summary>
    public void LoseTimes()
    {
        Data.IsUntracked = true;
        for (var key = 0; key < Data.Rows.Length; key++)
        {
            Data.Rows[key] = Data.Rows[key] is { } row ? row with { IsTimeless = true } : null;
        }

        Flush();
    }

    /// <summary>It keeps them again, and the applier notices.</summary>
    public void KeepTimes()
    {
        var early = Data.Positions.Max(position => position.Tick);
        Data.IsUntracked = false;
        Data.Lost = new LostTimes(lastApplied, WalEnd, Math.Max(Math.Max(early, Data.Lost?.Early ?? 0), Data.Lost?.Late ?? 0), 0);
        Flush();
    }

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
    public virtual void CommitApplied(uint xid, long commitTime, int writer)
    {
        lastApplied = xid;
        wal.Add(new WalEntry(xid, commitTime, [], (writer, Data.Positions[writer])));
    }

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
    public void BackUp()
    {
        standby = (onDisk.Copy(), Flushed);
        backups.Add((onDisk.Copy(), [.. wal.Take(Flushed)], Epoch));
    }

    /// <summary>The standby takes over: what came after is lost, though it may be published.</summary>
    public bool FailOver()
    {
        if (standby is not { } kept || kept.WalEnd > Flushed)
        {
            return false;
        }

        wal.RemoveRange(kept.WalEnd, wal.Count - kept.WalEnd);
        (Data, stalled) = (kept.Data.Copy(), null);
        timelines = timelines.Fork(Epoch, LsnOf(kept.WalEnd - 1));
        Flush();
        return true;
    }

    /// <summary>The database goes back to any of its backups; its standby is made anew.</summary>
    /// <param name="inLine">It is taken for one of the present incarnation.</param>
    /// <param name="published">The node's log; null: nothing is refused.</param>
    public bool Restore(int which, bool inLine, IReadOnlyCollection<TransactionPosition>? published)
    {
        if (backups.Count == 0)
        {
            return false;
        }

        var (data, entries, epoch) = backups[which % backups.Count];
        var forked = timelines.Fork(inLine ? Epoch : epoch, LsnOf(entries.Length - 1));
        if (published is not null && !forked.MayGoOn(published, LsnOf(Array.FindLastIndex(entries, entry => entry.Applied is null))))
        {
            return false;
        }

        timelines = forked;
        wal.Clear();
        wal.AddRange(entries);
        (Data, stalled, standby) = (data.Copy(), null, null);
        Flush();
        return true;
    }

    /// <summary>A new database with these contents.</summary>
    public void Load(Database data)
    {
        wal.Clear();
        backups.Clear();
        (Data, stalled, standby, Writers) = (data, null, null, new LocalWriters(number, []));
        Flush();
    }

    /// <summary>The source's database byte by byte.</summary>
    public void LoadBytes(ModelServer source, Database data, bool isTold)
    {
        Load(data);
        nextXid = source.nextXid;
        Writers = new LocalWriters(number, isTold ? source.Writers.CopiedAt(nextXid) : []);
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

            Execute(statement, changes, (old, claims) => new ModelRow(edit(old?.Value), claims, xmin, xid, commitTime, Origin: null)
            {
                IsTimeless = Data.IsUntracked,
            });
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
