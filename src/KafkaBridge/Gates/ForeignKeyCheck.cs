using KafkaBridge.Changes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Gates;

/// <summary>Whether rows that refer to deleted ones can be found, and dealt with as <c>conflicts.foreign_keys</c> says.</summary>
internal static class ForeignKeyCheck
{
    /// <summary>What one node's tables lack.</summary>
    public static IEnumerable<Finding> Indexes(string node, IReadOnlyList<TableDefinition> tables) =>
        from table in tables
        from key in table.ForeignKeys
        where !key.IsIndexed
        let columns = string.Join(", ", key.Columns.Select(column => SqlIdentifier.Quote(column.Name)))
        select Finding.Warning(
            node,
            $"the foreign key {key.Name} of {table.Name} has no index: to look for rows that refer to a deleted one reads the whole table.",
            $"CREATE INDEX ON {SqlIdentifier.Quote(table.Name)} ({columns})");

    public static IEnumerable<Finding> Findings(ForeignKeyOptions options, IReadOnlyList<TableDefinition> tables)
    {
        foreach (var name in options.Tables.Keys.Where(name => tables.All(table => table.Name.ToString() != name)))
        {
            yield return Finding.Error(
                "cluster", $"'conflicts.foreign_keys' names the table {name}, which is not replicated.",
                "name the table that has the foreign key, or add it to 'tables'");
        }

        var byOid = tables.ToDictionary(table => table.Oid);
        foreach (var (table, key) in from table in tables from key in table.ForeignKeys select (table, key))
        {
            if (byOid.GetValueOrDefault(key.Referenced) is not { } referenced)
            {
                continue;
            }

            var besides = key.Columns.Select(column => column.Referenced).Except(referenced.KeyColumns.Select(column => column.Name));
            if (!table.HasKey || !referenced.HasKey)
            {
                var keyless = (table.HasKey ? referenced : table).Name;
                yield return Finding.Warning(
                    "cluster", $"the foreign key {key.Name} of {table.Name} is not looked after: {keyless} has no key.");
            }
            else if (besides.Any() && referenced.Identity != ReplicaIdentity.Full)
            {
                yield return Finding.Warning(
                    "cluster",
                    $"the foreign key {key.Name} of {table.Name} is not looked after: the log of {referenced.Name} does not say which "
                    + $"{string.Join(", ", besides)} a delete took.",
                    $"ALTER TABLE {SqlIdentifier.Quote(referenced.Name)} REPLICA IDENTITY FULL");
            }
        }
    }
}
