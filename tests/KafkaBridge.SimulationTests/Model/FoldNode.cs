using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>One entry of a node's log; a promise has no write.</summary>
sealed record LoggedWrite(int Key, RowWrite<string> Write, int[] Applied, long Watermark);

/// <summary>One node of <see cref="FoldSimulation"/>: its rows' histories and its log, which outlives the node's database.</summary>
sealed class FoldNode(int number, int nodes, int keys, long clock, RowFold<string> fold, FoldMutant mutant)
{
    readonly List<LoggedWrite> log = [];
    readonly Watermarks watermarks = new(Enumerable.Range(0, nodes));
    RowHistory<string>[] rows = [.. Enumerable.Range(0, keys).Select(_ => new RowHistory<string>(fold))];
    int[] applied = new int[nodes];
    (List<(int Key, RowWrite<string> Write)> Writes, int[] Applied)? backup;
    readonly List<(int Key, RowWrite<string> Write)> held = [];
    VersionAssigner assigner = new(0, 0, 0);

    public int Number => number;
    public long Clock { get; set; } = clock;
    public IReadOnlyList<LoggedWrite> Log => log;
    public bool IsSettled => rows.All(row => row.IsSettled);

    public string[]? Row(int key) => rows[key].State is { Exists: true } state ? state.Values : null;

    public LoggedWrite Commit(int key, string[]? old, string[]? edited)
    {
        var tick = assigner.Assign(Clock * Tick.Microseconds);
        var known = Enumerable.Range(0, nodes)
            .Where(origin => origin != number && applied[origin] > 0 && mutant != FoldMutant.VectorForgotten)
            .Select(origin => new Knowledge(origin, At(applied[origin]), tick));
        var stamp = new Stamp(new RowVersion(tick, number), new ChangePosition(At(log.Count + 1), 0));
        var write = new RowWrite<string>(stamp, new KnowledgeVector(number, [.. known]), old, edited);
        var entry = new LoggedWrite(key, write, [.. applied], assigner.Watermark);
        log.Add(entry);
        applied[number] = log.Count;
        Add(key, write);
        return entry;
    }

    public void Promise(int slack)
    {
        log.Add(new LoggedWrite(-1, null!, [.. applied], assigner.Promise(mutant == FoldMutant.NoW ? Clock + 2 : Clock - slack)));
        if (mutant == FoldMutant.NoW)
        {
            assigner = new VersionAssigner(assigner.LastPublished, 0, assigner.LastApplied);
        }

        applied[number] = log.Count;
        watermarks.Note(number, log[^1].Watermark);
    }

    /// <summary>Applies the origin's next write, if all that its writer had applied is applied here.</summary>
    public bool Deliver(FoldNode origin)
    {
        if (applied[origin.Number] == origin.Log.Count)
        {
            return false;
        }

        var entry = origin.Log[applied[origin.Number]];
        for (var other = 0; other < nodes; other++)
        {
            var isMissing = other != origin.Number && entry.Applied[other] > applied[other];
            if (isMissing && mutant != FoldMutant.CausalWaitLeftOut)
            {
                return false;
            }
        }

        applied[origin.Number]++;
        Take(origin.Number, entry);
        return true;
    }

    public void Settle()
    {
        foreach (var row in rows)
        {
            row.SettleUpTo(mutant == FoldMutant.SettledEarly ? long.MaxValue : watermarks.Least);
        }
    }

    public void BackUp() => backup = ([.. held], [.. applied]);

    /// <summary>
    /// The database is that of the backup. Before it writes, the node reads its own log from there, causally as any other:
    /// what its writes had known comes before them.
    /// </summary>
    public void Restore(IReadOnlyList<FoldNode> all)
    {
        if (backup is not { } old)
        {
            return;
        }

        rows = [.. Enumerable.Range(0, keys).Select(_ => new RowHistory<string>(fold))];
        held.Clear();
        applied = [.. old.Applied];
        foreach (var (key, write) in old.Writes)
        {
            Add(key, write);
        }

        while (applied[number] < log.Count && mutant != FoldMutant.TailNotRead)
        {
            foreach (var origin in all)
            {
                Deliver(origin);
            }
        }

        applied[number] = log.Count;
    }

    static TransactionPosition At(int position) => new(1, new Lsn((ulong)position));

    void Take(int origin, LoggedWrite entry)
    {
        watermarks.Note(origin, entry.Watermark);
        if (entry.Write is { } write)
        {
            if (mutant != FoldMutant.NoF)
            {
                assigner.NoteApplied(write.Stamp.Version.Tick);
            }

            Add(entry.Key, write);
        }
    }

    void Add(int key, RowWrite<string> write)
    {
        held.Add((key, write));
        if (mutant == FoldMutant.ByArrival)
        {
            rows[key].SettleUpTo(long.MaxValue);
        }

        rows[key].Add(write);
    }
}
