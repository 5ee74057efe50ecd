namespace KafkaBridge.Apply.Sql;

/// <summary>
/// Inserts of one table by COPY, where nothing can be known here of their keys: no statement asks row by row, so only a row that is
/// in the way is found, as the server's error.
/// </summary>
public static class CopySql
{
    /// <summary>A line is a row literal without its brackets; what takes part in no INSERT has no place in it.</summary>
    public static bool Suits(TableSql t) => !t.Table.HasClaims && t.Written.Count == t.Table.Columns.Count;

    /// <summary>One boolean. COPY knows no row security, and takes no notice of a rule that an INSERT would follow.</summary>
    public static string IsAllowed(TableSql t) =>
        $"""
        SELECT {(t.Table.HasKey ? $"NOT EXISTS (SELECT FROM {t.Tombstone})" : "true")}
          AND NOT EXISTS (SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = {t.Oid})
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = {t.Oid} AND r.ev_enabled IN ('A', 'R'))
          AND NOT pg_catalog.row_security_active({t.Oid}::oid)
        """;

    public static string Copy(TableSql t) =>
        $"""COPY {t.Name} ({t.InsertColumns}) FROM STDIN (FORMAT csv, QUOTE '"', ESCAPE '\', ENCODING 'UTF8')""";
}
