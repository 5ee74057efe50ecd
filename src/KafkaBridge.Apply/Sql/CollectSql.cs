using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// Removes, in bounded pieces, what no change that can still come would be compared with: $1 is the least watermark. A row that was
/// shown again has its version noted only here, and reads higher without: it stays until its xmin's tick is passed too. While
/// a table has hidden rows its overrides stay, as they are compared with those. A hidden row never goes by age, only beside a
/// visible row of its key.
/// </summary>
public static class CollectSql
{
    public static IEnumerable<string> Statements(IReadOnlyList<TableDefinition> tables)
    {
        var keyed = tables.Where(table => table.HasKey).Select(table => new TableSql(table)).ToArray();
        var claims = keyed.Where(table => table.Table.HasClaims).Select(table => new ClaimSql(table)).ToArray();
        foreach (var s in claims)
        {
            var t = s.Table;
            yield return Delete(
                s.Hidden,
                $"SELECT t.ctid FROM {s.Hidden} AS t WHERE EXISTS (SELECT FROM ONLY {t.Name} AS n WHERE {t.KeyMatchesOf("n")}{Noted(t)})");
        }

        foreach (var table in keyed.Select(table => table.Tombstone).Append("kafkabridge.table_tombstone"))
        {
            yield return Delete(table, $"SELECT ctid FROM {table} WHERE tick <= $1");
        }

        var kept = string.Concat(claims.Select(s => $" AND NOT (relid = {s.Table.Oid} AND EXISTS (SELECT FROM {s.Hidden}))"));
        yield return Delete(
            "kafkabridge.row_version",
            "SELECT ctid FROM kafkabridge.row_version WHERE tick <= $1 AND COALESCE(kafkabridge.tick(pg_catalog."
                + $"pg_xact_commit_timestamp(row_xmin)), 0) <= $1 AND NOT ({Lost}){kept}");
        yield return Delete(
            "kafkabridge.rewrite",
            "SELECT ctid FROM kafkabridge.rewrite WHERE COALESCE(kafkabridge.tick(pg_catalog.pg_xact_commit_timestamp(row_xmin)), 0) <= $1 "
                + "AND wal_before <= (SELECT p.commit_lsn FROM kafkabridge.position AS p JOIN kafkabridge.node AS n ON n.number = p.writer)"
                + kept);
        // What an idle node leaves is above all that was applied: nothing is written then.
        yield return "UPDATE kafkabridge.node AS n SET horizon = $1 WHERE n.horizon < $1 "
            + "AND EXISTS (SELECT FROM kafkabridge.position AS p WHERE p.tick > n.horizon)";
    }

    /// <summary>Where others may refer to the hidden row: once the visible one's own write has come and noted that.</summary>
    static string Noted(TableSql t) => t.Table.ReferencedValues.Count == 0
        ? ""
        : " AND COALESCE(kafkabridge.tick(pg_catalog.pg_xact_commit_timestamp(n.xmin)), 0) <= $1";

    /// <summary>Without its override the row would be unknown, and not old.</summary>
    const string Lost = "pg_catalog.pg_xact_commit_timestamp(row_xmin) IS NULL "
        + "AND EXISTS (SELECT FROM kafkabridge.node AS n WHERE n.lost_until > $1)";

    static string Delete(string table, string places) =>
        $"DELETE FROM {table} WHERE ctid = ANY (ARRAY({places} LIMIT {Limits.CollectedRows}))";
}
