using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// The answer without arrival, nodes or histories kept: of each key all writes in one pass. And what must hold without the fold:
/// counters are exact, a last delete stays and a last insert too.
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
            var state = writes.Aggregate((RowState<string>?)null, fold.Step);
            var expected = state is { Exists: true } ? string.Join('|', state.Values) : "no row";
            foreach (var server in servers)
            {
                var shown = values[server.Data.Rows[key]?.Value] is { } row ? string.Join('|', row) : "no row";
                if (shown != expected)
                {
                    return $"{rules}: {server} has key {key} as {shown}, it is {expected}";
                }
            }

            if (writes.Where((write, at) => writes.Skip(at + 1).Any(later => write.Knows(later.Stamp))).Any())
            {
                return $"{rules}: key {key}: a write knew a later one";
            }

            if (Exact(writes, state is { Exists: true } ? state.Values : null, rules) is { } wrong)
            {
                return $"{rules}: key {key}: {wrong}";
            }
        }

        return null;
    }

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
    /// Under last_update_wins the last write says whether the row is there; a counter of a row that was inserted once and never
    /// deleted is the insert's value and all differences.
    /// </summary>
    static string? Exact(List<RowWrite<string>> writes, string[]? row, FoldRules rules)
    {
        if (writes.Count > 0 && rules.Rule == ConflictRule.LastUpdateWins && (writes[^1].New is null) != (row is null))
        {
            return $"{(row is null ? "lost" : "resurrected")} after {writes[^1].Stamp.Version}";
        }

        if (row is null || writes.Count(write => write.Old is null) != 1 || writes.Exists(write => write.New is null))
        {
            return null;
        }

        for (var at = 0; at < rules.Columns.Length; at++)
        {
            var column = at;
            var sum = rules.Columns[at] == ColumnRule.Delta ? writes.Sum(write => Difference(write, column)) : 0;
            if (rules.Columns[at] == ColumnRule.Delta && ModelColumns.Number(row[at]) != sum)
            {
                return $"the counter is {row[at]}, the differences come to {sum}";
            }
        }

        return null;
    }

    static long Difference(RowWrite<string> write, int column) =>
        ModelColumns.Number(write.New![column]) - (write.Old is null ? 0 : ModelColumns.Number(write.Old[column]));
}
