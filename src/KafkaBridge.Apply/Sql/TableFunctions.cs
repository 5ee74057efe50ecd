using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// The function that applies one change to one table: rules 1 to 5, 7 and 8 of DESIGN.md. It answers 0: done,
/// 1: nothing to do (older, or this node's own row), 2: done in a conflict, 3: not done in a conflict.
/// </summary>
public static class TableFunctions
{
    /// <summary>The parameters of every table's function, in order: type and name.</summary>
    static readonly (string Type, string Name)[] Parameters =
    [
        ("text", "op"), ("text", "image"), ("text", "unchanged"), ("integer", "ordinal"),
        ("bigint", "tick"), ("integer", "writer"), ("integer", "own"), ("integer", "epoch"), ("pg_lsn", "lsn"),
        ("xid", "source_xid"), ("timestamptz", "source_time"), ("xid", "me"), ("timestamptz", "adopted_at"),
        ("bigint[]", "vector"), ("bigint[]", "known_at"), ("integer", "base"), ("integer", "width"), ("oid[]", "origins"),
    ];

    internal const string Stamp = "ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal)";
    internal const string Stored = "ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal)";

    /// <summary>Two writers, and neither knew the other's version.</summary>
    internal const string Concurrent =
        "v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width)";

    /// <summary>What may be above the change is never replaced: a person decides.</summary>
    internal const string Wins =
        "NOT v.is_unknown AND (v.tick > v.held_tick OR (v.tick = v.held_tick AND v.writer >= v.held_writer))";

    internal const string ApplyRemote = "'apply_remote'";
    internal const string KeepLocal = "'keep_local'";

    public static string Keyed(TableSql t) =>
        $$"""
        CREATE OR REPLACE FUNCTION kafkabridge.apply_{{t.Oid}}({{Types}})
        RETURNS integer LANGUAGE plpgsql AS $kafkabridge$
        #variable_conflict use_column
        <<v>>
        DECLARE
        {{Aliases}}
          n {{t.Name}};
          held_xmin xid; held_at timestamptz; held_by integer; held_tick bigint; held_writer integer; held_epoch integer; held_lsn pg_lsn;
          is_raw boolean; is_own boolean; is_rewritten boolean; is_unknown boolean; wins boolean; outcome integer := 0;
          try_insert boolean := v.op = 'c' AND v.writer <> v.own AND COALESCE(pg_catalog.strpos(v.unchanged, '1'), 0) = 0;
        BEGIN
          IF v.op = 't' THEN
            {{Indent(TruncateSql.Conflicts(t), 4)}}
            {{Indent(TruncateSql.Truncate(t), 4)}}
            RETURN v.outcome;
          END IF;
          n := v.image::{{t.Name}};
          {{Indent(NoteVersion(t), 2)}}
          {{(t.Updated.Count == 0 ? "" : Indent(UpdateOfOlder(t), 2))}}
          LOOP
            IF v.try_insert THEN
              {{Indent(Insert(t), 6)}}
            END IF;

            SELECT t.xmin, {{ClaimSql.VisibleTime}}, g.writer, o.tick, o.writer, o.epoch, o.commit_lsn,
              {{ClaimSql.IsRaw}},
              {{ClaimSql.IsOwn}},
              w.relid IS NOT NULL
            INTO v.held_xmin, v.held_at, v.held_by, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.is_raw, v.is_own, v.is_rewritten
            FROM {{Indent(new ClaimSql(t).Visible, 4)}}
            WHERE {{t.KeyMatches}};

            IF NOT FOUND THEN
              {{Indent(AgainstNone(t), 6)}}
              v.try_insert := true;
              CONTINUE;
            END IF;

            is_unknown := false;
            IF v.held_tick IS NULL THEN
              {{Indent(VersionOfRow, 6)}}
            END IF;

            IF v.held_xmin = v.me THEN
              v.wins := true;
            ELSIF v.writer = v.own AND (v.is_raw OR v.is_own) THEN
              -- This node's own row as a user wrote it is never touched; a lifted transaction's gets its version noted.
              IF v.op = 'd' THEN
                EXIT;
              END IF;
              IF v.is_own THEN
                {{Indent(Override(new ClaimSql(t)), 8)}}
                RETURN 0;
              END IF;
              RETURN 1;
            ELSE
              v.wins := {{Wins}};
              IF v.outcome = 0 AND (v.is_unknown OR {{Concurrent}}) THEN
                -- The row is locked from here on. It was written again since it was read: read again, decide again.
                CONTINUE WHEN NOT {{WithRow(t)}};
                v.outcome := 2;
              END IF;
              IF NOT v.wins THEN
                v.outcome := CASE v.outcome WHEN 2 THEN 3 ELSE 1 END;
                EXIT;
              END IF;
            END IF;

            -- No row touched doesn't mean that it is gone: read again, decide again.
            IF v.op = 'd' THEN
              DELETE FROM ONLY {{t.Name}} AS t WHERE {{t.KeyMatches}} AND t.xmin = v.held_xmin;
              EXIT WHEN FOUND;
            {{(t.Updated.Count == 0 ? "ELSE\n      RETURN v.outcome;" : Indent(Update(t), 4))}}
            END IF;
          END LOOP;

          IF v.op = 'd' THEN
            {{Indent(Bury(t), 4)}}
          END IF;
          RETURN v.outcome;
        END v
        $kafkabridge$;
        """;

    /// <summary>Without a key there is nothing to compare: rows are added, and TRUNCATE removes what is older.</summary>
    public static string Keyless(TableSql t) =>
        $$"""
        CREATE OR REPLACE FUNCTION kafkabridge.apply_{{t.Oid}}({{Types}})
        RETURNS integer LANGUAGE plpgsql AS $kafkabridge$
        #variable_conflict use_column
        <<v>>
        DECLARE
        {{Aliases}}
          n {{t.Name}};
        BEGIN
          IF v.op = 't' THEN
            {{Indent(TruncateSql.Truncate(t), 4)}}
            RETURN 0;
          ELSIF v.writer = v.own THEN
            -- Nothing to note a lifted transaction's version by.
            RETURN 1;
          ELSIF v.op <> 'c' THEN
            RAISE EXCEPTION 'a table without a key takes inserts only, not %', v.op USING ERRCODE = 'feature_not_supported';
          END IF;
          n := v.image::{{t.Name}};
          IF v.origins IS NOT NULL THEN
            INSERT INTO {{t.Name}} ({{t.InsertColumns}}) OVERRIDING SYSTEM VALUE
            SELECT {{t.InsertValues}};
          ELSE
            INSERT INTO {{t.Name}} ({{t.InsertColumns}}) OVERRIDING SYSTEM VALUE
            SELECT {{t.InsertValues}}
            WHERE NOT EXISTS ({{TruncatedAbove(t)}});
          END IF;
          RETURN CASE WHEN FOUND THEN 0 ELSE 1 END;
        END v
        $kafkabridge$;
        """;

    /// <summary>Inserts the row where no tombstone is above it and the key has none here.</summary>
    internal static string Insert(TableSql t) =>
        $"""
        IF v.origins IS NOT NULL THEN
          {Indent(InsertWhere(t, ""), 2)}
        ELSE
          {Indent(InsertWhere(t, $" AND NOT EXISTS ({TruncatedAbove(t)})"), 2)}
        END IF;
        IF FOUND THEN
          DELETE FROM {t.Tombstone} AS d WHERE {t.TombstoneMatches}
          RETURNING d.tick, d.writer, d.epoch, d.commit_lsn INTO v.held_tick, v.held_writer, v.held_epoch, v.held_lsn;
          IF FOUND AND {Concurrent} THEN
            PERFORM {WithoutRow(t, ApplyRemote)};
            RETURN 2;
          END IF;
          RETURN 0;
        END IF;
        """;

    static string InsertWhere(TableSql t, string also) =>
        $"""
        INSERT INTO {t.Name} AS t ({t.InsertColumns}) OVERRIDING SYSTEM VALUE
        SELECT {t.InsertValues}
        WHERE NOT EXISTS (SELECT FROM {t.Tombstone} AS d WHERE {t.TombstoneMatches} AND {Stored} > {Stamp}){also}
        ON CONFLICT ({t.KeyColumns}) DO NOTHING;
        """;

    static string TruncatedAbove(TableSql t) =>
        $"SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = {t.Oid} AND {Stored} > {Stamp}";

    /// <summary>There is no row: a tombstone above decides, and a delete leaves one.</summary>
    internal static string AgainstNone(TableSql t) =>
        $"""
        SELECT d.tick, d.writer, d.epoch, d.commit_lsn, {Stored} <= {Stamp}
        INTO v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.wins FROM (
          SELECT d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal FROM {t.Tombstone} AS d WHERE {t.TombstoneMatches}
          UNION ALL
          SELECT d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal FROM kafkabridge.table_tombstone AS d
          WHERE d.relid = {t.Oid}) AS d
        ORDER BY {Stored} DESC LIMIT 1;
        IF FOUND AND (v.op = 'd' OR NOT v.wins) THEN
          v.outcome := CASE WHEN v.op = 'd' THEN 0 ELSE 1 END;
          IF {Concurrent} THEN
            PERFORM {WithoutRow(t, $"CASE WHEN v.wins THEN {ApplyRemote} ELSE {KeepLocal} END")};
            v.outcome := CASE WHEN v.wins THEN 2 ELSE 3 END;
          END IF;
          EXIT;
        END IF;
        EXIT WHEN v.op = 'd';
        IF pg_catalog.strpos(v.unchanged, '1') > 0 THEN
          -- The writer's own row was gone when its unchanged values were to be read: the delete above this version follows.
          RETURN 1;
        END IF;
        """;

    /// <summary>Notes the change's version for the row that is there.</summary>
    internal static string Override(ClaimSql s) =>
        $"""
        INSERT INTO kafkabridge.row_version AS o (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time, raw_before)
        SELECT {s.Table.Oid}, {s.Table.KeyText}, t.xmin, v.tick, v.writer, v.epoch, v.lsn, v.ordinal, o.commit_time, o.raw_before
        FROM {s.Visible}
        WHERE {s.Table.KeyMatches} AND t.xmin = v.held_xmin
        {SettleFunctions.OverrideKept};
        """;

    /// <summary>Op v, of this node's own: the row's commit time is lost, and the log has it.</summary>
    internal static string NoteVersion(TableSql t) =>
        $"""
        IF v.op = 'v' THEN
          -- An earlier own transaction's; the row is not its any more.
          DELETE FROM kafkabridge.row_version AS o USING ONLY {t.Name} AS t
          WHERE {t.KeyMatches} AND o.relid = {t.Oid} AND o.key = {t.KeyText} AND o.row_xmin = t.xmin AND o.writer = v.own
            AND o.tick <= v.tick;
          INSERT INTO kafkabridge.row_version AS o (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time)
          SELECT {t.Oid}, {t.KeyText}, t.xmin, v.tick, v.writer, v.epoch, v.lsn, v.ordinal, v.source_time
          FROM ONLY {t.Name} AS t
          WHERE {t.KeyMatches} AND CASE WHEN t.xmin <> v.me THEN kafkabridge.is_lost_own(t.xmin, v.source_xid, v.tick) ELSE false END
          {Indent(SettleFunctions.OverrideKept, 2)};
          RETURN 1;
        END IF;
        """;

    /// <summary>Without an override.</summary>
    internal const string VersionOfRow =
        """
        IF v.held_at IS NULL OR v.is_rewritten OR (v.held_by IS NULL AND v.held_at < v.adopted_at) THEN
          v.held_tick := 0; v.held_writer := -1;
          IF v.held_at IS NULL AND NOT v.is_rewritten AND v.held_xmin <> v.me AND (v.writer <> v.own OR v.is_own IS NOT TRUE) THEN
            is_unknown := kafkabridge.is_unknown(v.held_xmin, CASE WHEN v.writer <> v.own THEN v.tick END);
            is_raw := v.is_raw AND NOT v.is_unknown;
          END IF;
        ELSE
          v.held_tick := kafkabridge.tick(v.held_at); v.held_writer := COALESCE(v.held_by, v.own);
        END IF;
        """;

    /// <summary>A tombstone only rises.</summary>
    internal static string Bury(TableSql t) =>
        $"""
        INSERT INTO {t.Tombstone} AS d ({t.TombstoneKeys}, tick, writer, epoch, commit_lsn, ordinal)
        VALUES ({t.TombstoneValues}, v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
        {RaiseTombstone(t)}{(t.Table.IsReferenced ? "\n" + ParentDeleteSql.Note(t, $"'{ParentDeleteSql.Deleted}'") : "")}
        """;

    internal static string RaiseTombstone(TableSql t) =>
        $"""
        ON CONFLICT ON CONSTRAINT tombstone_{t.Oid}_key DO UPDATE SET
          tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
          commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal
        WHERE {Stored} < ROW(EXCLUDED.tick, EXCLUDED.writer, EXCLUDED.epoch, EXCLUDED.commit_lsn, EXCLUDED.ordinal);
        """;

    internal static string Types => string.Join(", ", Parameters.Select(parameter => parameter.Type));

    internal static string Aliases => string.Join('\n', Parameters.Select((parameter, i) => $"  {parameter.Name} ALIAS FOR ${i + 1};"));

    /// <summary>The frequent case in one statement: the row is this writer's own earlier one, or older than every version.</summary>
    internal static string UpdateOfOlder(TableSql t) => FirstTried(AsNoted(any => UpdateWhere(t, IsOlder(t, any))));

    /// <summary>As <see cref="UpdateOfOlder"/>, of tables whose rows get overrides while others are applied.</summary>
    internal static string UpdateOfOlderClaimed(TableSql t) => FirstTried(UpdateWhere(t, IsOlder(t, anyNoted: true)));

    /// <summary>
    /// A statement in two forms: where no row has an override and no table a tombstone (<c>origins</c>) it doesn't ask for any: each
    /// subquery costs more to set up than the row.
    /// </summary>
    internal static string AsNoted(Func<bool, string> statement) =>
        $"""
        IF v.origins IS NOT NULL THEN
          {Indent(statement(false), 2)}
        ELSE
          {Indent(statement(true), 2)}
        END IF;
        """;

    static string FirstTried(string update) =>
        $"""
        IF v.op = 'u' AND v.unchanged IS NULL AND v.writer <> v.own THEN
          {Indent(update, 2)}
          IF FOUND THEN
            RETURN 0;
          END IF;
        END IF;
        """;

    static string UpdateWhere(TableSql t, string condition) =>
        $"UPDATE ONLY {t.Name} AS t SET {t.Assignments} WHERE {t.KeyMatches} AND {Indent(condition, 2)};";

    /// <summary>
    /// The row is this writer's own earlier one, or older than every version; it has no override. Subqueries that are of no row are
    /// asked once for a statement.
    /// </summary>
    internal static string IsOlder(TableSql t, bool anyNoted) => !anyNoted ? IsOlderBy("v.origins") :
        $"""
        {IsOlderBy("ARRAY(SELECT g.roident FROM kafkabridge.origin AS g WHERE g.writer = v.writer)")}
          AND (NOT EXISTS (SELECT FROM kafkabridge.row_version AS o WHERE o.relid = {t.Oid})
            OR NOT EXISTS (SELECT FROM kafkabridge.row_version AS o
                           WHERE o.relid = {t.Oid} AND o.key = {t.KeyText} AND o.row_xmin = t.xmin))
        """;

    static string IsOlderBy(string origins) =>
        $"""
        (t.xmin = v.me OR (
            SELECT ((c.o)."timestamp" IS NULL AND NOT kafkabridge.is_unknown(t.xmin, v.tick))
              OR ((c.o).roident = 0 AND (c.o)."timestamp" < v.adopted_at)
              OR (kafkabridge.tick((c.o)."timestamp") <= v.tick
                  AND (c.o).roident = ANY ({origins}))
            FROM (SELECT pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS o OFFSET 0) AS c))
        """;

    static string Update(TableSql t) =>
        $"""
        ELSIF v.unchanged IS NULL THEN
          UPDATE ONLY {t.Name} AS t SET {t.Assignments} WHERE {t.KeyMatches} AND t.xmin = v.held_xmin;
          IF FOUND THEN
            RETURN v.outcome;
          END IF;
        ELSE
          UPDATE ONLY {t.Name} AS t SET {t.MaskedAssignments} WHERE {t.KeyMatches} AND t.xmin = v.held_xmin;
          IF FOUND THEN
            RETURN v.outcome;
          END IF;
        """;

    /// <summary>The second half of a key change is an insert with an odd ordinal.</summary>
    internal const string IsKeyChange = "v.ordinal % 2 = 1";

    internal static string WithRow(TableSql t, string xid = "v.held_xmin") => ConflictFunction.Call(
        t,
        $"CASE WHEN v.is_unknown THEN {Name(ConflictKind.VersionUnknown)} "
        + $"WHEN v.op = 'd' AND v.wins THEN {Name(ConflictKind.DeleteOriginDiffers)} "
        + $"WHEN v.op = 'd' THEN {Name(ConflictKind.DeleteExists)} "
        + $"WHEN v.op = 'u' THEN {Name(ConflictKind.UpdateOriginDiffers)} WHEN {IsKeyChange} THEN {Name(ConflictKind.UpdateExists)} "
        + $"ELSE {Name(ConflictKind.InsertExists)} END",
        $"CASE WHEN v.wins THEN {ApplyRemote} ELSE {KeepLocal} END",
        "v.n", xid, "v.held_at", heldRow: "v.h");

    internal static string WithoutRow(TableSql t, string resolution) => ConflictFunction.Call(
        t,
        $"CASE WHEN v.op = 'd' THEN {Name(ConflictKind.DeleteMissing)} "
        + $"WHEN v.op = 'u' OR {IsKeyChange} THEN {Name(ConflictKind.UpdateDeleted)} "
        + $"ELSE {Name(ConflictKind.InsertDeleted)} END",
        resolution, "v.n", "NULL", "NULL");

    internal static string Name(ConflictKind kind) => SqlIdentifier.Literal(kind.Name());

    internal static string Indent(string text, int spaces) => text.Replace("\n", "\n" + new string(' ', spaces), StringComparison.Ordinal);
}
