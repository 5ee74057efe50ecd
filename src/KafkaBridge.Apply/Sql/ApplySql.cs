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
                yield return table.Table.UniqueIndexes.Count == 0 ? InsertFunctions.Keyed(table) : InsertFunctions.OneByOne(table);
            }
            else
            {
                yield return TableFunctions.Keyless(table);
                yield return InsertFunctions.Keyless(table);
            }
        }

        yield return InsertFunctions.Dispatch(all);
        yield return BatchFunctions.LastInsert;
        yield return BatchFunctions.ApplyChanges(all);
        yield return BatchFunctions.ApplyBatch;
    }
}
