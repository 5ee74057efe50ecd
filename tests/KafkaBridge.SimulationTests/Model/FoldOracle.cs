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

    public string? Compare(IReadOnlyList<ModelServer> servers)
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
        var last = writes.Aggregate(
            (RowWrite<string>?)null, (standing, next) => standing is null || Takes(standing, next) ? next : standing);
        if (rules.Columns.All(rule => rule == ColumnRule.WithRow) && Text(last?.New) != Text(row))
        {
            return $"the last that took left {Text(last?.New)}, not {Text(row)}";
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
                ColumnRule.WithRow => last!.New![at],
                ColumnRule.LastWrite => changes[^1].New![at],
                ColumnRule.Max => ModelColumns.Text(changes.Max(write => Number(write.New))),
                ColumnRule.Min => ModelColumns.Text(changes.Min(write => Number(write.New))),
                ColumnRule.SetUnion => ModelColumns.Set(changes.SelectMany(write => write.New![at].Split(','))),
                _ => row[at],
            };
            if (row[at] != expected)
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

    bool Takes(RowWrite<string> standing, RowWrite<string> next) => next.Knows(standing.Stamp)
        || rules.Row.For(next.KindAgainst(standing.New is not null)) switch
    {
        ConflictRule.LastUpdateWins => true,
        ConflictRule.OriginPriority => Rank(next) <= Rank(standing),
        _ => false,
    };

    static int Rank(RowWrite<string> write) => write.Stamp.Version.Writer switch { 1 => 0, 0 => 1, _ => 2 };

    public static string Text(string[]? row) => row is null ? "no row" : string.Join('|', row);
}
