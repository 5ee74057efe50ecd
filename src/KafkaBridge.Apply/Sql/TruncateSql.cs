using System.Globalization;
using KafkaBridge.Changes.Conflicts;
using static KafkaBridge.Apply.Sql.TableFunctions;

namespace KafkaBridge.Apply.Sql;

/// <summary>What a TRUNCATE does in a table's function: its table's tombstone, and the rows that it takes.</summary>
static class TruncateSql
{
    /// <summary>
    /// Rows of other nodes whose writers and that of the TRUNCATE did not know of each other, before any goes; a bounded number.
    /// A whole row is ROW(t.*): a column may be called t.
    /// </summary>
    public static string Conflicts(TableSql t) =>
        $"""
        PERFORM {ConflictFunction.Call(
            t,
            Name(ConflictKind.TruncateDiffers),
            $"CASE WHEN ROW(h.tick, h.writer) <= ROW(v.tick, v.writer) THEN {ApplyRemote} ELSE {KeepLocal} END",
            "h.image", "h.row_xmin", "h.at", "h.", heldRow: "h.image")}
        FROM (
          SELECT ROW(t.*)::{t.Name} AS image, {(t.Table.HasClaims ? ClaimSql.VisibleXid : "t.xmin")} AS row_xmin,
            {ClaimSql.VisibleTime} AS at, o.epoch, o.commit_lsn AS lsn,
            COALESCE(o.tick, kafkabridge.tick(c."timestamp")) AS tick, COALESCE(o.writer, g.writer, v.own) AS writer
          FROM {Indent(new ClaimSql(t).Visible, 2)}
          WHERE t.xmin <> v.me AND (v.writer <> v.own OR g.writer IS NOT NULL) AND (o.tick IS NOT NULL OR NOT ({ClaimSql.IsOldest}))) AS h
        WHERE h.writer <> v.writer AND kafkabridge.concurrent(h.tick, h.writer, v.vector, v.known_at, v.base, v.width)
        LIMIT {Limits.TruncateConflicts.ToString(CultureInfo.InvariantCulture)};
        IF FOUND THEN
          v.outcome := 2;
        END IF;
        """;

    /// <summary>
    /// Rows of the same writer and tick are earlier: an origin's changes come in its order. Own raw rows of a self
    /// TRUNCATE stay.
    /// </summary>
    public static string Truncate(TableSql t) =>
        $"""
        IF EXISTS (
          SELECT FROM {Indent(t.Table.HasKey ? new ClaimSql(t).Visible : t.VisibleWithoutKey, 2)}
          WHERE CASE WHEN c."timestamp" IS NULL{(t.Table.HasKey ? " AND o.tick IS NULL AND w.relid IS NULL" : "")}
              AND t.xmin <> v.me AND (v.writer <> v.own OR t.xmin <> v.source_xid)
            THEN kafkabridge.is_unknown(t.xmin, CASE WHEN v.writer <> v.own THEN v.tick END) ELSE false END) THEN
          RAISE EXCEPTION 'table % was truncated, and of some of its rows it is not known whether they are later: commit times were lost. '
            'Delete here those that shall go, and write the others once more', '{t.Oid}'::regclass
            USING ERRCODE = '55000';
        END IF;
        INSERT INTO kafkabridge.table_tombstone AS d (relid, tick, writer, epoch, commit_lsn, ordinal)
        VALUES ({t.Oid}, v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
        ON CONFLICT ON CONSTRAINT table_tombstone_pkey DO UPDATE SET
          tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
          commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal
        WHERE {Stored} < ROW(EXCLUDED.tick, EXCLUDED.writer, EXCLUDED.epoch, EXCLUDED.commit_lsn, EXCLUDED.ordinal);
        {NoteTruncate(t)}{TakeBefore(t)}
        """;

    static string NoteTruncate(TableSql t) =>
        t.Table is { IsReferenced: true, HasKey: true } ? ParentDeleteSql.Note(t, $"'{ParentDeleteSql.Truncated}'") + "\n" : "";

    static string TakeBefore(TableSql t) => ParentDeleteSql.Take(
        t,
        $"""
        DELETE FROM ONLY {t.Name} AS t WHERE t.xmin = v.me OR (
          {Indent(t.Table.HasKey ? IsBefore(t) : IsBeforeWithoutKey, 2)})
        """);

    static string IsBefore(TableSql t) =>
        $"""
        SELECT CASE
          WHEN v.writer = v.own AND ({ClaimSql.IsRaw} OR {ClaimSql.IsOwn}) THEN false
          WHEN o.tick IS NOT NULL THEN ROW(o.tick, o.writer) <= ROW(v.tick, v.writer)
          WHEN {ClaimSql.IsOldest} THEN true
          ELSE ROW(kafkabridge.tick(c."timestamp"), COALESCE(g.writer, v.own)) <= ROW(v.tick, v.writer) END
        FROM pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c
        {string.Join('\n', new ClaimSql(t).Visible.Split('\n')[2..])}
        """;

    const string IsBeforeWithoutKey =
        """
        SELECT CASE
          WHEN v.writer = v.own AND g.writer IS NULL THEN false
          WHEN c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN true
          ELSE ROW(kafkabridge.tick(c."timestamp"), COALESCE(g.writer, v.own)) <= ROW(v.tick, v.writer) END
        FROM pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c
        LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
        """;
}
