using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Kafka.Nodes;

namespace KafkaBridge.Options;

/// <summary>How conflicts are decided: the same on all nodes, as it is part of what <c>apply</c> publishes.</summary>
/// <param name="Default">For the rows of every table that is not named.</param>
/// <param name="Tables">By schema.table.</param>
/// <param name="Priority">Names of nodes, the preferred first; for <see cref="ConflictRule.OriginPriority"/>.</param>
internal sealed record ConflictOptions(
    RowRule Default, IReadOnlyDictionary<string, TableRule> Tables, IReadOnlyList<string> Priority)
{
    public static readonly ConflictOptions LastUpdateWins =
        new(RowRule.LastUpdateWins, new Dictionary<string, TableRule>(), []);

    public ForeignKeyOptions ForeignKeys { get; init; } = ForeignKeyOptions.Report;

    public TableRule For(string table) => Tables.GetValueOrDefault(table, TableRule.Of(Default));

    /// <returns>The numbers of the nodes in the order of preference; −1 for one that has none yet.</returns>
    public IReadOnlyList<int> Priorities(IReadOnlyList<NodeClaim> nodes) =>
        [.. Priority.Select(name => nodes.FirstOrDefault(node => node.Name == name)?.Number ?? -1)];

    /// <summary>In one order; empty where all is as it is without the key.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            if (!Default.IsLastUpdateWins)
            {
                yield return $"conflicts {Default}";
            }

            foreach (var (table, rule) in Tables.Where(table => table.Value.NeedsHistory || !Default.IsLastUpdateWins)
                .OrderBy(table => table.Key, StringComparer.Ordinal))
            {
                yield return $"conflicts {table} {rule}";
            }

            if (Priority.Count > 0)
            {
                yield return $"conflicts priority {string.Join(' ', Priority)}";
            }

            foreach (var line in ForeignKeys.Lines)
            {
                yield return line;
            }
        }
    }
}
