using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Gates;

/// <summary>Whether rows that refer to what is gone can be found, and dealt with as <c>conflicts.foreign_keys</c> says.</summary>
internal static class ForeignKeyCheck
{
    /// <summary>What one node's tables lack.</summary>
    public static IEnumerable<Finding> OfNode(string node, IReadOnlyList<TableDefinition> tables)
    {
        foreach (var (table, key, referenced) in Keys(tables))
        {
            if (!key.IsIndexed)
            {
                var columns = string.Join(", ", key.Columns.Select(column => SqlIdentifier.Quote(column.Name)));
                yield return Finding.Warning(
                    node,
                    $"the foreign key {key.Name} of {table.Name} has no index: to look for rows that refer to a deleted one reads the "
                    + "whole table.",
                    $"CREATE INDEX ON {SqlIdentifier.Quote(table.Name)} ({columns})");
            }

            if (table.HasKey && referenced.HasKey && Besides(key, referenced) is { Length: > 0 } besides
                && referenced.Identity != ReplicaIdentity.Full)
            {
                yield return Finding.Warning(
                    node,
                    $"the foreign key {key.Name} of {table.Name} is not looked after where {node} deletes or changes what it refers to: "
                    + $"its log of {referenced.Name} does not say which {besides} that was.",
                    $"ALTER TABLE {SqlIdentifier.Quote(referenced.Name)} REPLICA IDENTITY FULL");
            }
        }
    }

    public static IEnumerable<Finding> OfCluster(
        ForeignKeyOptions options, IReadOnlyList<(NodeOptions Node, Dictionary<RelationName, TableDefinition> Tables)> nodes)
    {
        foreach (var name in options.Tables.Keys.Where(name =>
            !nodes.Any(node => node.Tables.Keys.Any(table => table.ToString() == name))))
        {
            yield return Finding.Error(
                "cluster", $"'conflicts.foreign_keys' names the table {name}, which is not replicated.",
                "name the table that has the foreign key, or add it to 'tables'");
        }

        var everywhere = from node in nodes
                         from one in Keys([.. node.Tables.Values])
                         group (node.Node, one.Table, one.Key, one.Referenced) by Described(one.Table, one.Key, one.Referenced);
        foreach (var alike in everywhere)
        {
            var (_, table, key, referenced) = alike.First();
            if (nodes.Select(node => node.Node).Except(alike.Select(one => one.Node)).ToList() is { Count: > 0 } others)
            {
                yield return Finding.Warning(
                    "cluster",
                    $"the foreign key {alike.Key} is not on {string.Join(", ", others.Select(node => node.Name))}: rows for which it "
                    + "refers to nothing are noted only where it is, and its rule in 'conflicts.foreign_keys' may not be carried out.",
                    "give the table the same foreign keys on every node");
            }

            if (!table.HasKey || !referenced.HasKey)
            {
                var keyless = (table.HasKey ? referenced : table).Name;
                yield return Finding.Warning(
                    "cluster", $"the foreign key {key.Name} of {table.Name} is not looked after: {keyless} has no key.");
            }
            else if (options.For(table.Name) == ForeignKeyRule.RestoreParent && Besides(key, referenced) is { Length: > 0 } besides)
            {
                yield return Finding.Warning(
                    "cluster",
                    $"the foreign key {key.Name} of {table.Name} refers to {besides} of {referenced.Name}, not to its key: where a row is "
                    + "there with another value, restore_parent has nothing to restore, and what refers to the old one is reported.",
                    $"change such values in no row that {table.Name} refers to, or take delete_child");
            }
        }
    }

    /// <summary>The columns besides the key that it refers to.</summary>
    static string Besides(ForeignKeyDefinition key, TableDefinition referenced) => string.Join(
        ", ", key.Columns.Select(column => column.Referenced).Except(referenced.KeyColumns.Select(column => column.Name)));

    static IEnumerable<(TableDefinition Table, ForeignKeyDefinition Key, TableDefinition Referenced)> Keys(
        IReadOnlyList<TableDefinition> tables)
    {
        var byOid = tables.ToDictionary(table => table.Oid);
        return from table in tables
               from key in table.ForeignKeys
               where byOid.ContainsKey(key.Referenced)
               select (table, key, byOid[key.Referenced]);
    }

    static string Described(TableDefinition table, ForeignKeyDefinition key, TableDefinition referenced) =>
        $"{key.Name} of {table.Name} ({string.Join(", ", key.Columns.Select(column => column.Name))}) to "
        + $"{referenced.Name} ({string.Join(", ", key.Columns.Select(column => column.Referenced))})";
}
