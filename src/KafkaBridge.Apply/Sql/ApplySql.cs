using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>All generated SQL for one set of tables, in the order to run it.</summary>
public static class ApplySql
{
    /// <param name="restored">Tables of which rows may be brought back, by oid.</param>
    public static IEnumerable<string> Statements(IReadOnlyList<TableDefinition> tables, IReadOnlySet<uint>? restored = null)
    {
        var all = tables.Select(table => new TableSql(table) { IsRestored = restored?.Contains(table.Oid) == true }).ToArray();
        if (tables.Any(table => table.IsReferenced))
        {
            yield return ParentDeleteSql.Create;
        }

        foreach (var table in all)
        {
            if (table.Table.HasClaims)
            {
                var claims = new ClaimSql(table);
                yield return table.CreateTombstone;
                yield return claims.Create;
                yield return ConflictFunction.For(table);
                yield return claims.Claimants;
                yield return claims.Released;
                yield return SettleFunctions.Of(claims);
                yield return ClaimedTableFunctions.Keyed(claims);
            }
            else if (table.Table.HasKey)
            {
                yield return table.CreateTombstone;
                yield return ConflictFunction.For(table);
                yield return TableFunctions.Keyed(table);
                yield return RunFunctions.Keyed(table);
            }
            else
            {
                yield return TableFunctions.Keyless(table);
                yield return RunFunctions.Keyless(table);
            }
        }

        yield return RunFunctions.Dispatch(all);
        yield return BatchFunctions.ApplyChanges(all);
        var claimed = all.Where(table => table.Table.HasClaims).Select(table => new ClaimSql(table)).ToArray();
        if (claimed.Length > 0)
        {
            yield return SettleFunctions.Dispatch(claimed);
        }

        yield return AppliedMark.CreateFunction;
        yield return BatchFunctions.ApplyBatch(settles: claimed.Length > 0);
    }
}
