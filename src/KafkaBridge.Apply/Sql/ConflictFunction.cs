using System.Globalization;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>The function that writes one row of kafkabridge.conflict: both versions and both rows, each value cut at a length.</summary>
public static class ConflictFunction
{
    public static string For(TableSql t)
    {
        var names = $"ARRAY[{string.Join(", ", t.Table.Columns.Select(column => SqlIdentifier.Literal(column.Name)))}]::text[]";
        var keyNames = $"ARRAY[{string.Join(", ", t.Table.KeyColumns.Select(column => SqlIdentifier.Literal(column.Name)))}]::text[]";
        return $"""
            CREATE OR REPLACE FUNCTION kafkabridge.conflict_{t.Oid}(text, text, text, {t.Name}, bigint, integer, integer, pg_lsn, xid, timestamptz, bigint, integer, xid)
            RETURNS void LANGUAGE plpgsql AS $kafkabridge$
            #variable_conflict use_column
            <<v>>
            DECLARE
              op ALIAS FOR $3;
              n ALIAS FOR $4;
              held jsonb; held_long boolean := false;
            BEGIN
              SELECT pg_catalog.jsonb_object({names}, {Values(t.Table.Columns, "t")}), {Long(t.Table.Columns, "t")}
              INTO v.held, v.held_long FROM ONLY {t.Name} AS t WHERE {t.KeyMatches};
              INSERT INTO kafkabridge.conflict (relid, schemaname, relname, conflict_type, remote_xid, remote_commit_lsn, remote_commit_ts,
                remote_origin, replica_identity, has_omitted_values, node, resolution, local_tuple, remote_tuple,
                remote_writer, remote_tick, local_writer, local_tick, local_xid)
              SELECT {t.Oid}, {SqlIdentifier.Literal(t.Table.Name.Namespace)}, {SqlIdentifier.Literal(t.Table.Name.Name)}, $1, $9, $8, $10,
                (SELECT g.name FROM kafkabridge.origin AS g WHERE g.writer = $6 LIMIT 1),
                pg_catalog.jsonb_object({keyNames}, {Values(t.Table.KeyColumns, "v.n")}),
                COALESCE(v.held_long, false) OR (v.op <> 'd' AND {Long(t.Table.Columns, "v.n")}), $7, $2, v.held,
                CASE WHEN v.op <> 'd' THEN pg_catalog.jsonb_object({names}, {Values(t.Table.Columns, "v.n")}) END,
                $6, $5, $12, $11, $13;
            END v
            $kafkabridge$;
            """;
    }

    static string Values(IEnumerable<ColumnDefinition> columns, string row) => $"ARRAY[{string.Join(", ", columns.Select(column =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"pg_catalog.left({row}.{SqlIdentifier.Quote(column.Name)}::text, {Limits.ConflictValueLength})")))}]::text[]";

    static string Long(IEnumerable<ColumnDefinition> columns, string row) => $"COALESCE(GREATEST({string.Join(", ", columns.Select(column =>
        $"pg_catalog.length({row}.{SqlIdentifier.Quote(column.Name)}::text)"))}), 0) > {Limits.ConflictValueLength.ToString(CultureInfo.InvariantCulture)}";
}
