using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// The answer without arrival, nodes or histories kept: of each key all writes in one pass. And what must hold without that pass,
/// said in another way.
/// </summary>
sealed class FoldOracle(IReadOnlyList<PublishedTransaction> published, int keys, FoldRules rules, FoldedValues values)
{
    readonly RowFold<string> fold = rules.Fold();
    readonly List<RowWrite<string>>[] writesOf = [.. Enumerable.Range(0, keys).Select(key => WritesOf(published, key, values))];

    /// <summary>How many writes did not know an earlier one of their key.</summary>
    public int Concurrent => writesOf.Sum(writes =>
        writes.Where((write, at) => writes.Take(at).Any(earlier => !write.Knows(earlier.Stamp))).Count());

    public string? Compare(IEnumerable<ModelServer> servers)
    {
        for (var key = 0; key < writesOf.Length; key++)
        {
            var writes = writesOf[key];
            var row = RowOf(key);
            foreach (var server in servers)
            {
                var shown = Text(values[server.Data.Rows[key]?.Value]);
                if (shown != Text(row))
                {
                    return $"{rules}: {server} has key {key} as {shown}, it is {Text(row)}";
                }
            }

            if (writes.Where((write, at) => writes.Skip(at + 1).Any(later => write.Knows(later.Stamp))).Any())
            {
                return $"{rules}: key {key}: a write knew a later one";
            }

            if (Exact(writes, row) is { } wrong)
            {
                return $"{rules}: key {key}: {wrong}";
            }
        }

        return null;
    }

    /// <summary>What all writes of the key come to; null: no row.</summary>
    public string[]? RowOf(int key) =>
        writesOf[key].Aggregate((RowState<string>?)null, fold.Step) is { Exists: true } state ? state.Values : null;

    static List<RowWrite<string>> WritesOf(IReadOnlyList<PublishedTransaction> published, int key, FoldedValues values) =>
    [
        .. from transaction in published
           from change in transaction.Changes
           where change.Key == key
           let write = new RowWrite<string>(
               transaction.StampOf(change), new KnowledgeVector(transaction.Writer, transaction.Vector),
               values[change.OldValue], change.Removes ? null : values[change.Value])
           orderby write.Stamp
           select write,
    ];

    /// <summary>
    /// Without the fold. Where all columns go with the row it is what the last write that took left: one takes if it knew the last that
    /// took before it, or the rule says so. And of a row that was inserted once and never deleted each column is what its rule says of
    /// all the values written.
    /// </summary>
    string? Exact(List<RowWrite<string>> writes, string[]? row)
    {
        var (expectedRow, deleted) = Replayed(writes);
        if (rules.Columns.All(rule => rule == ColumnRule.WithRow) && Text(expectedRow) != Text(row))
        {
            return $"what took came to {Text(expectedRow)}, not {Text(row)}";
        }

        if (rules.Row is { Default: ConflictRule.SqlFunction, Kinds.Count: 0 } && rules.Columns[0] == ColumnRule.WithRow && !deleted
            && row is not null && Unseen(writes).Except(ModelFunction.Texts(row[0])).ToList() is { Count: > 0 } lost)
        {
            return $"{string.Join(", ", lost)} is lost, and nobody who wrote on it had seen it: {Text(row)}";
        }

        if (writes.Count > 0 && rules.Row.IsLastUpdateWins && (writes[^1].New is null) != (row is null))
        {
            return $"{(row is null ? "lost" : "resurrected")} after {writes[^1].Stamp.Version}";
        }

        if (row is null)
        {
            return null;
        }

        var isOneRow = writes.Count(write => write.Old is null) == 1;
        if ((isOneRow || rules.Row.IsLastUpdateWins) && CountersFrom(BeginningOf(writes), writes, row) is { } counted)
        {
            return counted;
        }

        if (!isOneRow || writes.Exists(write => write.New is null))
        {
            return null;
        }

        for (var column = 0; column < rules.Columns.Length; column++)
        {
            var at = column;
            var changes = writes.Where(write => write.Old?[at] != write.New![at]).ToList();
            var expected = rules.Columns[at] switch
            {
                ColumnRule.WithRow => expectedRow![at],
                ColumnRule.LastWrite => changes[^1].New![at],
                ColumnRule.Max => ModelColumns.Text(changes.Max(write => Number(write.New))),
                ColumnRule.Min => ModelColumns.Text(changes.Min(write => Number(write.New))),
                ColumnRule.SetUnion => ModelColumns.Set(changes.SelectMany(write => write.New![at].Split(','))),
                _ => row[at],
            };
            var shown = rules.Columns[at] == ColumnRule.SetUnion ? ModelColumns.Set(row[at].Split(',')) : row[at]; // as a user may write it
            if (shown != expected)
            {
                return $"column {at} is {row[at]}, by all that was written {expected}";
            }

            long Number(string[]? values) => values is null ? 0 : ModelColumns.Number(values[at]);
        }

        return null;
    }

    /// <summary>Where every write takes, or one inserts: the last that inserted the row, or did not know the one before that did.</summary>
    static int BeginningOf(List<RowWrite<string>> writes)
    {
        var beginning = 0;
        for (var at = 1; at < writes.Count; at++)
        {
            beginning = writes[at] is { New: not null, Old: var old } && (old is null || !writes[at].Knows(writes[beginning].Stamp))
                ? at
                : beginning;
        }

        return beginning;
    }

    string? CountersFrom(int beginning, List<RowWrite<string>> writes, string[] row)
    {
        for (var column = 0; column < row.Length; column++)
        {
            var at = column;
            var expected = rules.Columns[at] != ColumnRule.Delta ? row[at] : ModelColumns.Text(
                ModelColumns.Number(writes[beginning].New![at]) + writes.Skip(beginning + 1).Where(write => write.New is not null)
                    .Sum(write => ModelColumns.Number(write.New![at]) - ModelColumns.Number(write.Old![at])));
            if (row[at] != expected)
            {
                return $"the counter in column {at} is {row[at]}, since the row began the differences come to {expected}";
            }
        }

        return null;
    }

    /// <summary>
    /// By whole writes: what stands is put together of some, and who knows them all replaces it. The model's function takes each
    /// column by itself, so columns with rules of their own make no difference.
    /// </summary>
    /// <returns>And whether there was no row at some time.</returns>
    (string[]? Row, bool Deleted) Replayed(List<RowWrite<string>> writes)
    {
        string[]? row = null;
        var (of, deleted) = (new List<RowWrite<string>>(), false);
        foreach (var next in writes)
        {
            var unknown = of.Where(write => !next.Knows(write.Stamp)).ToList();
            if (unknown.Count == 0)
            {
                (row, of) = (next.New, [next]);
            }
            else
            {
                (row, of) = rules.Row.For(next.KindAgainst(row is not null)) switch
                {
                    ConflictRule.LastUpdateWins => (next.New, [next]),
                    ConflictRule.OriginPriority when Rank(next) <= Rank(of[^1]) => (next.New, [next]),
                    ConflictRule.SqlFunction when row is null && next.New is null => (null, [.. unknown, next]),
                    ConflictRule.SqlFunction => (rules.Function(
                        new(row, of[^1].Stamp.Version, next.New, next.Stamp.Version)), [.. unknown, next]),
                    _ => (row, of),
                };
            }

            deleted |= row is null;
        }

        return (row, deleted);
    }

    /// <summary>What was written into the first column by those of whom no later writer knew.</summary>
    static IEnumerable<string> Unseen(List<RowWrite<string>> writes) => writes
        .Where((write, at) => !writes.Skip(at + 1).Any(later => later.Knows(write.Stamp)))
        .SelectMany(write => write.New is { } row ? ModelFunction.Texts(row[0]) : []);

    static int Rank(RowWrite<string> write) => write.Stamp.Version.Writer switch { 1 => 0, 0 => 1, _ => 2 };

    public static string Text(string[]? row) => row is null ? "no row" : string.Join('|', row);
}
