using System.Globalization;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// The function that writes one row of kafkabridge.conflict: both transactions, both versions and both rows, each value cut
/// at a length. Where there is a row here it is locked first, so that what is noted is what is decided on; false: it is
/// no longer the one that was read, and nothing is noted. Of a table whose rows claim values the row here need not be the
/// key's, nor visible: who calls gives it as h.
/// </summary>
public static class ConflictFunction
{
    static readonly (string Type, string Name)[] Parameters =
    [
        ("text", "kind"), ("text", "resolution"), ("text", "op"), ("row", "n"),
        ("bigint", "tick"), ("integer", "writer"), ("integer", "own"), ("integer", "epoch"), ("pg_lsn", "lsn"), ("integer", "ordinal"),
        ("xid", "source_xid"), ("timestamptz", "source_time"),
        ("bigint", "held_tick"), ("integer", "held_writer"), ("integer", "held_epoch"), ("pg_lsn", "held_lsn"),
        ("xid", "held_xmin"), ("timestamptz", "held_at"),
    ];

    /// <summary>What is noted of a conflict; the rest has defaults.</summary>
    internal const string Columns =
        """
        relid, schemaname, relname, conflict_type, remote_xid, remote_commit_lsn, remote_commit_ts,
        remote_origin, replica_identity, has_omitted_values, node, resolution, local_tuple, remote_tuple,
        remote_writer, remote_epoch, remote_tick, remote_ordinal,
        local_writer, local_epoch, local_commit_lsn, local_commit_ts, local_tick, local_xid
        """;

    public static string For(TableSql t)
    {
        var (columns, key) = (t.Table.Columns, t.Table.KeyColumns);
        (string Type, string Name)[] parameters = t.Table.HasClaims ? [.. Parameters, ("row", "h")] : Parameters;
        var types = string.Join(", ", parameters.Select(one => one.Type == "row" ? t.Name : one.Type));
        var (schema, table) = (SqlIdentifier.Literal(t.Table.Name.Namespace), SqlIdentifier.Literal(t.Table.Name.Name));
        return $"""
            CREATE OR REPLACE FUNCTION kafkabridge.conflict_{t.Oid}({types})
            RETURNS boolean LANGUAGE plpgsql AS $kafkabridge$
            #variable_conflict use_column
            <<v>>
            DECLARE
            {string.Join('\n', parameters.Select((one, i) => $"  {one.Name} ALIAS FOR ${i + 1};"))}
              held jsonb; held_long boolean := false;
            BEGIN
              {(t.Table.HasClaims ? Given(t) : LockedAndRead(t)).Replace("\n", "\n  ", StringComparison.Ordinal)}
              INSERT INTO kafkabridge.conflict ({Columns.Replace("\n", "\n    ", StringComparison.Ordinal)}, resolver)
              SELECT {t.Oid}, {schema}, {table}, v.kind, v.source_xid, v.lsn, v.source_time,
                (SELECT g.name FROM kafkabridge.origin AS g WHERE g.writer = v.writer LIMIT 1),
                pg_catalog.jsonb_object({Names(key)}, {Values(t, key, "v.n")}),
                v.held_long OR (v.op IN ('c', 'u') AND {Long(t, columns, "v.n")}), v.own, v.resolution, v.held,
                CASE WHEN v.op IN ('c', 'u') THEN pg_catalog.jsonb_object({Names(columns)}, {Values(t, columns, "v.n")}) END,
                v.writer, v.epoch, v.tick, v.ordinal,
                v.held_writer, v.held_epoch, v.held_lsn, v.held_at, v.held_tick,
                {(t.Table.HasClaims ? "v.held_xmin" : ItsWriter)},
                CASE v.kind WHEN {TableFunctions.Name(ConflictKind.VersionUnknown)} THEN {SqlIdentifier.Literal(ConflictRule.Error.Name())}
                  ELSE {SqlIdentifier.Literal(ConflictRule.LastUpdateWins.Name())} END;
              RETURN true;
            END v
            $kafkabridge$;
            """;
    }

    /// <summary>The call; one without a row here has no xmin and no commit time.</summary>
    /// <param name="heldRow">The row here, where the table's rows claim values.</param>
    public static string Call(
        TableSql t, string kind, string resolution, string row, string heldXmin, string heldAt, string held = "v.held_",
        string heldRow = "NULL") =>
        $"kafkabridge.conflict_{t.Oid}({kind}, {resolution}, v.op, {row}, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, "
        + $"v.source_xid, v.source_time, {held}tick, {held}writer, {held}epoch, {held}lsn, {heldXmin}, {heldAt}"
        + $"{(t.Table.HasClaims ? ", " + heldRow : "")})";

    /// <summary>Not the transaction that rewrote the table.</summary>
    const string ItsWriter = "CASE WHEN pg_catalog.pg_xact_commit_timestamp(v.held_xmin) = v.held_at THEN v.held_xmin END";

    static string LockedAndRead(TableSql t) =>
        $"""
        IF v.held_xmin IS NOT NULL THEN
          SELECT pg_catalog.jsonb_object({Names(t.Table.Columns)}, {Values(t, t.Table.Columns, "t")}), {Long(t, t.Table.Columns, "t")}
          INTO v.held, v.held_long FROM ONLY {t.Name} AS t WHERE {t.KeyMatches} AND t.xmin = v.held_xmin FOR NO KEY UPDATE;
          IF NOT FOUND THEN
            RETURN false;
          END IF;
        END IF;
        """;

    static string Given(TableSql t) =>
        $"""
        IF NOT (v.h IS NULL) THEN
          held := pg_catalog.jsonb_object({Names(t.Table.Columns)}, {Values(t, t.Table.Columns, "v.h")});
          held_long := {Long(t, t.Table.Columns, "v.h")};
        END IF;
        """;

    internal static string Names(IEnumerable<ColumnDefinition> columns) =>
        $"ARRAY[{string.Join(", ", columns.Select(column => SqlIdentifier.Literal(column.Name)))}]::text[]";

    internal static string Values(TableSql t, IEnumerable<ColumnDefinition> columns, string row)
    {
        var values = columns.Select(column => $"pg_catalog.left({row}.{SqlIdentifier.Quote(column.Name)}::text, {Length(t)})");
        return $"ARRAY[{string.Join(", ", values)}]::text[]";
    }

    internal static string Long(TableSql t, IEnumerable<ColumnDefinition> columns, string row)
    {
        var lengths = columns.Select(column => $"pg_catalog.length({row}.{SqlIdentifier.Quote(column.Name)}::text)");
        return $"COALESCE(GREATEST({string.Join(", ", lengths)}), 0) > {Length(t)}";
    }

    /// <summary>Of one value: a wide row's are cut shorter.</summary>
    static string Length(TableSql t) =>
        Math.Clamp(Limits.ConflictRowLength / t.Table.Columns.Count, 1, Limits.ConflictValueLength).ToString(CultureInfo.InvariantCulture);
}
