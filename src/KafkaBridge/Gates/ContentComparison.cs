using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Gates;

/// <summary>
/// Rows that stand in a table before it is replicated must be the same on all nodes, or there must be none: count and
/// checksum say so.
/// </summary>
internal static class ContentComparison
{
    /// <param name="newcomers">Nodes that join a cluster which runs already; none where it is set up.</param>
    /// <exception cref="StoppedException">A table differs; all that differ are named.</exception>
    public static async Task RequireEqualAsync(
        NodeDatabases databases, IReadOnlyList<TableDefinition> tables, IReadOnlyList<string> newcomers, CancellationToken ct)
    {
        var different = new List<string>();
        RelationName? first = null;
        foreach (var table in tables)
        {
            var contents = new List<(NodeOptions Node, string Content)>();
            foreach (var database in databases)
            {
                contents.Add((database.Node, (await database.ScalarAsync<string>(Sql(table), ct))!));
            }

            if (contents.Select(content => content.Content).Distinct().Count() > 1)
            {
                first ??= table.Name;
                var each = contents.Select(content => $"{content.Node.Name} has {Describe(content.Content)}");
                different.Add($"{table.Name}: {string.Join(", ", each)}");
            }
        }

        if (different.Count > 0)
        {
            throw newcomers.Count == 0 ? DiffersAtFirst(different, first!) : DiffersFromCluster(different, first!, newcomers);
        }
    }

    static StoppedException DiffersAtFirst(List<string> different, RelationName first) => new(
        ExitCode.Differences,
        "KB1020",
        $"rows that are there already differ between the nodes: {string.Join("; ", different)}",
        why: "a table's rows must be equal on all nodes, or there must be none, when it is first replicated; nothing of it is "
            + "replicated yet",
        tryThis: $"TRUNCATE the tables, such as {first}, at all nodes but the one that is right, then kafkabridge apply --yes "
            + "--copy-from NODE with that one; keep writers away from the others until it has ended");

    static StoppedException DiffersFromCluster(List<string> different, RelationName first, IReadOnlyList<string> newcomers) => new(
        ExitCode.Differences,
        "KB1026",
        $"{string.Join(", ", newcomers)} can't join, its rows are not the cluster's: {string.Join("; ", different)}",
        why: "a node that joins must hold the rows that the others hold at that moment",
        tryThis: "keep writers away from all nodes; once kafkabridge status shows nobody behind, TRUNCATE the new node's tables, such "
            + $"as {first}, then kafkabridge apply --yes --copy-from NODE with one of the others");

    /// <summary>Columns by name: their order may differ between nodes.</summary>
    static string Sql(TableDefinition table)
    {
        var columns = string.Join(
            ", ",
            table.Columns.Select(column => column.Name).Order(StringComparer.Ordinal).Select(name => "t." + SqlIdentifier.Quote(name)));
        return $"""
            SELECT pg_catalog.count(*)::text || ' '
                || coalesce(pg_catalog.sum(pg_catalog.hashtextextended(ROW({columns})::text COLLATE "C", 0)::numeric), 0)::text
            FROM ONLY {SqlIdentifier.Quote(table.Name)} AS t
            """;
    }

    static string Describe(string content)
    {
        var parts = content.Split(' ');
        return string.Create(CultureInfo.InvariantCulture, $"{parts[0]} rows (checksum {parts[1]})");
    }
}
