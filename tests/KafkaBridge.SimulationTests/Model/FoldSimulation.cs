using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

enum FoldMutant
{
    None,

    /// <summary>Writes are taken as they come.</summary>
    ByArrival,

    /// <summary>History is dropped whatever was promised.</summary>
    SettledEarly,

    /// <summary>A write is applied before what its writer had applied.</summary>
    CausalWaitLeftOut,

    /// <summary>A version need not be above what was applied before.</summary>
    NoF,

    /// <summary>A version need not be above what was promised.</summary>
    NoW,

    /// <summary>A restart forgets what was applied before the last transaction.</summary>
    VectorForgotten,

    /// <summary>Each node prefers its own writes: keep_local.</summary>
    KeepLocal,

    /// <summary>A node that was restored from a backup does not read its own log.</summary>
    TailNotRead,
}

/// <summary>
/// Nodes that hold their rows as <see cref="RowHistory{TValue}"/>: local writes, delivery in each origin's order and after what
/// the writer knew, promises, settling, backups. A commit, its version and its publication are one step here.
/// </summary>
sealed class FoldSimulation
{
    readonly SplitMix random;
    readonly int keys;
    readonly ConflictRule rule;
    readonly ColumnRule[] columns;
    readonly FoldNode[] nodes;
    readonly List<LoggedWrite> all = [];

    FoldSimulation(ulong seed, FoldMutant mutant)
    {
        random = new SplitMix(seed);
        keys = random.Between(1, 2);
        rule = (ConflictRule)random.Below(4);
        var hasColumnRules = random.Below(2) == 0;
        columns = [.. Enumerable.Range(0, 3).Select(_ => hasColumnRules ? (ColumnRule)random.Below(8) : ColumnRule.WithRow)];
        nodes = new FoldNode[random.Between(2, 4)];
        for (var number = 0; number < nodes.Length; number++)
        {
            int[] priorities = mutant == FoldMutant.KeepLocal ? [number] : [1, 0];
            var fold = new RowFold<string>(
                mutant == FoldMutant.KeepLocal ? ConflictRule.OriginPriority : rule, priorities, columns, ModelColumns.Merge);
            nodes[number] = new FoldNode(number, nodes.Length, keys, 100 + random.Between(-4, 4), fold, mutant);
        }
    }

    public sealed record Outcome(string? Failure, int Writes, int Concurrent, ulong Digest);

    public static Outcome Run(ulong seed, FoldMutant mutant = FoldMutant.None) => new FoldSimulation(seed, mutant).Run();

    Outcome Run()
    {
        string? failure = null;
        for (var left = random.Between(10, 60); left > 0 && failure is null; left--)
        {
            failure = Play(nodes[random.Below(nodes.Length)]);
        }

        Drain();
        failure ??= Compare() ?? Exact() ?? Settled();
        var concurrent = all.Count(write => all.Any(other =>
            other.Key == write.Key && other.Write.Stamp < write.Write.Stamp && !write.Write.Knows(other.Write.Stamp)));
        return new(failure, all.Count, concurrent, (ulong)all.Sum(write => write.Write.Stamp.Version.Tick * (write.Key + 7)));
    }

    string? Play(FoldNode node)
    {
        switch (random.Below(20))
        {
            case < 7:
                return Write(node, random.Below(keys));
            case < 14:
                node.Deliver(nodes[random.Below(nodes.Length)]);
                return null;
            case 14:
                node.Clock += random.Between(-3, 3);
                return null;
            case 15:
                node.Promise(random.Between(-1, 3));
                return null;
            case 16:
                node.Settle();
                return null;
            case 17:
                node.BackUp();
                return null;
            case 18 when random.Below(4) == 0:
                node.Restore(nodes);
                return null;
            default:
                Array.ForEach(nodes, other => other.Clock++);
                return null;
        }
    }

    /// <returns>What is wrong; null: the user sees what he wrote.</returns>
    string? Write(FoldNode node, int key)
    {
        var row = node.Row(key);
        var edited = Array.Empty<string>();
        if (row is null)
        {
            edited = [.. columns.Select((column, at) => column == ColumnRule.WithRow ? Unique() : ModelColumns.First(column))];
        }
        else if (random.Below(5) > 0)
        {
            edited = [.. row];
            var at = random.Below(columns.Length);
            edited[at] = ModelColumns.Edit(columns[at], row[at], all.Count + 1, random);
        }
        else
        {
            edited = null;
        }

        var logged = node.Commit(key, row, edited);
        all.Add(logged);
        var shown = node.Row(key);
        return (shown is null) != (edited is null)
            || edited?.Where((value, at) => columns[at] <= ColumnRule.Delta && value != shown![at]).Any() == true
            ? $"node {node.Number} does not show what was written at {logged.Write.Stamp.Version}"
            : null;
    }

    string Unique() => (all.Count + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);

    void Drain()
    {
        bool moved;
        do
        {
            moved = false;
            foreach (var node in nodes)
            {
                foreach (var origin in nodes)
                {
                    while (node.Deliver(origin))
                    {
                        moved = true;
                    }
                }
            }
        }
        while (moved);
    }

    /// <summary>Every node shows what all writes come to in one pass.</summary>
    string? Compare()
    {
        var fold = new RowFold<string>(rule, [1, 0], columns, ModelColumns.Merge);
        for (var key = 0; key < keys; key++)
        {
            var state = WritesOf(key).Aggregate((RowState<string>?)null, fold.Step);
            var expected = state is { Exists: true } ? string.Join('|', state.Values) : "no row";
            foreach (var node in nodes)
            {
                var shown = node.Row(key) is { } row ? string.Join('|', row) : "no row";
                if (shown != expected)
                {
                    return $"{rule.Name()}: node {node.Number} has key {key} as {shown}, it is {expected}";
                }
            }
        }

        return null;
    }

    List<RowWrite<string>> WritesOf(int key) =>
        [.. all.Where(write => write.Key == key).Select(write => write.Write).OrderBy(write => write.Stamp)];

    /// <summary>
    /// Without the fold: under last_update_wins the last write says whether the row is there; a counter of a row that was inserted
    /// once and never deleted is the insert's value and all differences.
    /// </summary>
    string? Exact()
    {
        for (var key = 0; key < keys; key++)
        {
            var writes = WritesOf(key);
            var row = nodes[0].Row(key);
            if (writes.Count > 0 && rule == ConflictRule.LastUpdateWins && (writes[^1].New is null) != (row is null))
            {
                return $"key {key}: {(row is null ? "lost" : "resurrected")} after {writes[^1].Stamp.Version}";
            }

            if (writes.Count(write => write.Old is null) != 1 || writes.Any(write => write.New is null))
            {
                continue;
            }

            for (var at = 0; at < columns.Length; at++)
            {
                var column = at;
                if (columns[at] == ColumnRule.Delta && ModelColumns.Number(row![at]) != writes.Sum(write => Difference(write, column)))
                {
                    return $"key {key}: the counter is {row[at]}, the differences come to {writes.Sum(write => Difference(write, column))}";
                }
            }
        }

        return null;
    }

    static long Difference(RowWrite<string> write, int column) =>
        ModelColumns.Number(write.New![column]) - (write.Old is null ? 0 : ModelColumns.Number(write.Old[column]));

    /// <summary>After quiet time no history is kept, and the rows stay.</summary>
    string? Settled()
    {
        foreach (var node in nodes)
        {
            node.Clock = 1_000_000;
            node.Promise(0);
        }

        Drain();
        Array.ForEach(nodes, node => node.Settle());
        return nodes.Any(node => !node.IsSettled) ? "history stays after quiet time" : Compare();
    }
}
