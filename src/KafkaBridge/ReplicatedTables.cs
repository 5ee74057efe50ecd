using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Gates;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge;

/// <summary>The tables that the configuration's patterns name, alike on every node.</summary>
internal sealed record ReplicatedTables(IReadOnlyList<TableDefinition> All)
{
    public IReadOnlyList<RelationName> Names => [.. All.Select(table => table.Name)];
    public IReadOnlyList<RelationName> Keyed => [.. All.Where(table => table.HasKey).Select(table => table.Name)];
    public IReadOnlyList<RelationName> WithHistory(BridgeOptions options) =>
        [.. Names.Where(name => options.Conflicts.For(name.ToString()).NeedsHistory)];

    /// <summary>Rows of these are restored where a foreign key refers to one that was deleted.</summary>
    public IReadOnlyList<RelationName> Restored(BridgeOptions options)
    {
        var referenced = All.Where(table => options.Conflicts.ForeignKeys.For(table.Name) == ForeignKeyRule.RestoreParent)
            .SelectMany(table => table.ForeignKeys).Select(key => key.Referenced).ToHashSet();
        return [.. All.Where(table => table.HasKey && referenced.Contains(table.Oid)).Select(table => table.Name)];
    }

    /// <summary>Foreign keys refer to values of these besides their keys.</summary>
    public IReadOnlyList<RelationName> ReferencedByValue =>
        [.. All.Where(table => table.ReferencedValues.Count > 0).Select(table => table.Name)];

    /// <summary>By schema.table the digest of the function that decides its conflicts.</summary>
    public IReadOnlyDictionary<string, string> Functions { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<RelationName> Keyless => [.. All.Where(table => !table.HasKey).Select(table => table.Name)];

    /// <exception cref="StoppedException">A table is missing somewhere or differs; all differences are named.</exception>
    public static async Task<ReplicatedTables> ReadAsync(NodeDatabases databases, BridgeOptions options, CancellationToken ct)
    {
        var (tables, findings) = await CompareAsync(databases, options, ct);
        var errors = findings.Where(finding => finding.IsError).ToList();
        return errors.Count == 0
            ? tables
            : throw new StoppedException(
                ExitCode.Precondition,
                "KB1030",
                errors.Count == 1
                    ? errors[0].Sentence
                    : $"{errors.Count} preconditions are not met:\n" + string.Join('\n', errors.Select(error => "  - " + error.Sentence)),
                tryThis: errors[0].Remedy ?? "kafkabridge check");
    }

    public static async Task<(ReplicatedTables Tables, List<Finding> Findings)> CompareAsync(
        NodeDatabases databases, BridgeOptions options, CancellationToken ct)
    {
        var findings = new List<Finding>();
        var perDatabase = new List<(NodeDatabase Database, Dictionary<RelationName, TableDefinition> Tables)>();

        foreach (var database in databases)
        {
            var tables = await database.AtAsync(connection => Catalog.ReadTablesAsync(connection, options.Tables, ct));
            findings.AddRange(ForeignKeyCheck.OfNode(database.Node.Name, tables));
            perDatabase.Add((database, tables.ToDictionary(table => table.Name)));
        }

        var perNode = perDatabase.ConvertAll(one => (one.Database.Node, one.Tables));

        var names = perNode.SelectMany(node => node.Tables.Keys).Distinct().OrderBy(
            name => name.ToString(), StringComparer.Ordinal).ToList();
        if (names.Count == 0)
        {
            findings.Add(
                Finding.Error(
                    "cluster", $"no table matches {string.Join(", ", options.Tables)}.",
                    "correct 'tables' in the configuration, or create the tables on every node"));
        }

        var first = new List<TableDefinition>();
        foreach (var name in names)
        {
            var have = perNode.Where(node => node.Tables.ContainsKey(name)).ToList();
            foreach (var (node, _) in perNode.Where(node => !node.Tables.ContainsKey(name)))
            {
                findings.Add(Finding.Error(
                    node.Name,
                    $"the table {name} is on {string.Join(", ", have.Select(other => other.Node.Name))} but not on {node.Name}.",
                    $"create {name} on {node.Name}, for example: pg_dump --schema-only -t '{name}' … | psql …"));
            }

            first.Add(have[0].Tables[name]);
            foreach (var (node, tables) in have.Skip(1))
            {
                findings.AddRange(Differences(have[0].Node, have[0].Tables[name], node, tables[name]));
            }

            if (!have[0].Tables[name].HasKey)
            {
                findings.Add(options.Keyless == KeylessRule.Refuse
                    ? Finding.Error(
                        "cluster", $"the table {name} has no key (keyless: refuse).",
                        $"ALTER TABLE {SqlIdentifier.Quote(name)} ADD PRIMARY KEY (…), or take it out of 'tables'")
                    : Finding.Warning(
                        "cluster", $"the table {name} has no key: its inserts are replicated, its updates and deletes stay on the node.",
                        $"ALTER TABLE {SqlIdentifier.Quote(name)} ADD PRIMARY KEY (…)"));
            }
        }

        findings.AddRange(ConflictRuleCheck.Findings(options.Conflicts, first));
        findings.AddRange(ForeignKeyCheck.OfCluster(options.Conflicts.ForeignKeys, perNode));
        var (wrong, functions) = await RowFunctionCheck.CompareAsync(perDatabase, options.Conflicts, ct);
        findings.AddRange(wrong);
        return (new ReplicatedTables(first) { Functions = functions }, findings);
    }

    static IEnumerable<Finding> Differences(NodeOptions left, TableDefinition one, NodeOptions right, TableDefinition other)
    {
        var columns = other.Columns.ToDictionary(column => column.Name);
        foreach (var column in one.Columns)
        {
            if (!columns.Remove(column.Name, out var there))
            {
                yield return Finding.Error(right.Name, $"the column {one.Name}.{column.Name} is on {left.Name} but not on {right.Name}.",
                    $"on {right.Name}: ALTER TABLE {SqlIdentifier.Quote(one.Name)} ADD COLUMN {SqlIdentifier.Quote(column.Name)} "
                    + $"{column.TypeName}");
            }
            else if (there.TypeName != column.TypeName)
            {
                yield return Finding.Error(
                    right.Name,
                    $"the column {one.Name}.{column.Name} is {column.TypeName} on {left.Name} but {there.TypeName} on {right.Name}.",
                    $"on {right.Name}: ALTER TABLE {SqlIdentifier.Quote(one.Name)} ALTER COLUMN {SqlIdentifier.Quote(column.Name)} "
                    + $"TYPE {column.TypeName}");
            }
            else if (there.IsKey != column.IsKey)
            {
                yield return Finding.Error(
                    right.Name, $"the column {one.Name}.{column.Name} belongs to the key on {(column.IsKey ? left : right).Name} only.",
                    "give the table the same primary key on both");
            }
        }

        foreach (var column in columns.Values)
        {
            yield return Finding.Error(left.Name, $"the column {one.Name}.{column.Name} is on {right.Name} but not on {left.Name}.",
                $"on {left.Name}: ALTER TABLE {SqlIdentifier.Quote(one.Name)} ADD COLUMN {SqlIdentifier.Quote(column.Name)} "
                + $"{column.TypeName}");
        }

        var (onLeft, onRight) = (Claims(one), Claims(other));
        var alone = onLeft.Except(onRight).Select(claim => (claim, left)).Concat(onRight.Except(onLeft).Select(claim => (claim, right)));
        foreach (var (claim, node) in alone)
        {
            yield return Unlike(one, claim, node, onLeft.Count == onRight.Count);
        }
    }

    static Finding Unlike(TableDefinition table, string claim, NodeOptions node, bool mayBeTheSame)
    {
        var sentence = $"of {table.Name} {claim} is unique besides the key on {node.Name} only: the nodes would not show the same rows.";
        const string remedy = "give the table the same unique indexes and exclusion constraints on every node";
        // Servers of different versions may write one expression in two ways.
        return mayBeTheSame && claim.Contains('(', StringComparison.Ordinal)
            ? Finding.Warning("cluster", sentence, remedy)
            : Finding.Error("cluster", sentence, remedy);
    }

    /// <summary>Column names stand bare, an expression has parentheses.</summary>
    static HashSet<string> Claims(TableDefinition table) =>
    [
        .. table.Claims.Select(claim =>
            string.Join(", ", claim.Terms.Select(term => term.Operator.EndsWith(".=)", StringComparison.Ordinal)
                ? term.Expression
                : $"{term.Expression} WITH {term.Operator}"))
            + (claim.Predicate is { } predicate ? $" WHERE ({predicate})" : "")
            + (claim.NullsAreEqual ? " NULLS NOT DISTINCT" : "")),
    ];
}
