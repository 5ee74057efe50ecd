using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>All generated SQL for one set of tables, in the order to run it.</summary>
public static class ApplySql
{
    public static IEnumerable<string> Statements(IReadOnlyList<TableDefinition> tables)
    {
        var all = tables.Select(table => new TableSql(table)).ToArray();
        foreach (var table in all)
        {
            if (table.Table.HasKey)
            {
                yield return table.CreateTombstone;
                yield return ConflictFunction.For(table);
                yield return TableFunctions.Keyed(table);
            }
            else
            {
                yield return TableFunctions.Keyless(table);
            }
        }

        yield return BatchFunctions.ApplyChanges(all);
        yield return BatchFunctions.ApplyBatch;
    }
}
