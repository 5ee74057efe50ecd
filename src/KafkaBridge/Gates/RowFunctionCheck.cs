using KafkaBridge.Changes;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Gates;

/// <summary>Whether the functions that decide conflicts can do so, and are the same on every node: else nodes would diverge.</summary>
internal static class RowFunctionCheck
{
    /// <param name="nodes">Each with its tables.</param>
    /// <returns>What is wrong; and the digests, by schema.table, of functions that are alike on all nodes that were asked.</returns>
    public static async Task<(List<Finding> Findings, Dictionary<string, string> Digests)> CompareAsync(
        IReadOnlyList<(NodeDatabase Database, Dictionary<RelationName, TableDefinition> Tables)> nodes, ConflictOptions conflicts,
        CancellationToken ct)
    {
        var (findings, digests) = (new List<Finding>(), new Dictionary<string, string>());
        foreach (var name in nodes.SelectMany(node => node.Tables.Keys).Distinct())
        {
            if (conflicts.For(name.ToString()).Row.Function is not { } function)
            {
                continue;
            }

            var found = new List<(string Node, TableDefinition Table, RowFunction? Function)>();
            foreach (var (database, tables) in nodes.Where(node => node.Tables.ContainsKey(name)))
            {
                var table = tables[name];
                found.Add((database.Node.Name, table,
                    await database.AtAsync(connection => RowFunction.ReadAsync(connection, function, table, ct))));
            }

            var wrong = Findings(name, function, found).ToList();
            findings.AddRange(wrong);
            if (wrong.Count == 0)
            {
                digests.Add(name.ToString(), found[0].Function!.Digest);
            }
        }

        return (findings, digests);
    }

    static IEnumerable<Finding> Findings(
        RelationName table, RelationName function, List<(string Node, TableDefinition Table, RowFunction? Function)> found)
    {
        var named = $"the function {function}, which decides the conflicts of {table},";
        var usual = found.Where(one => one.Function is { Refusal: null }).GroupBy(one => one.Function!.Digest)
            .OrderByDescending(alike => alike.Count()).FirstOrDefault()?.ToList() ?? [];
        foreach (var (node, definition, here) in found)
        {
            if (here is null)
            {
                yield return Finding.Error(node, $"{named} is not on {node}.", usual is [var there, ..]
                    ? $"on {node}: {there.Function!.Definition}" : $"on every node: {RowFunction.Beginning(function, definition)}");
            }
            else if (here.Refusal is not null)
            {
                yield return Finding.Error(node, $"{named} {here.Refusal}.", $"on {node}: {here.Remedy}");
            }
            else if (here.Digest != usual[0].Function!.Digest)
            {
                yield return Finding.Error(
                    node, $"{named} is another on {node} than on {string.Join(", ", usual.Select(one => one.Node))}.",
                    $"on {node}: {usual[0].Function!.Definition}");
            }
        }
    }

    /// <exception cref="StoppedException">A function of this node is not the one that was published.</exception>
    public static async Task RequirePublishedAsync(
        BridgeOptions options, NodeDatabase database, IReadOnlyList<TableDefinition> tables, PublishedConfig config, CancellationToken ct)
    {
        foreach (var table in tables)
        {
            if (options.Conflicts.For(table.Name.ToString()).Row.Function is not { } function)
            {
                continue;
            }

            var here = await database.AtAsync(connection => RowFunction.ReadAsync(connection, function, table, ct));
            var why = here is null ? "is not there" : here.Refusal
                ?? (here.Digest == config.Functions.GetValueOrDefault(table.Name.ToString()) ? null : "is another than the published one");
            if (why is not null)
            {
                throw new StoppedException(
                    ExitCode.Precondition, "KB1032", "a function that decides conflicts is not as it was published",
                    NodeDatabase.Where(database.Node), $"the function {function}, which decides the conflicts of {table.Name}, {why}",
                    "make it alike on every node (kafkabridge check says where it differs), then kafkabridge apply "
                    + $"-c {options.File} --yes");
            }
        }
    }
}
