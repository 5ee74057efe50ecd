using System.Globalization;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;
using static KafkaBridge.Apply.Sql.TableFunctions;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// The function that applies one change to a table whose rows claim values besides their key (rule 6 of DESIGN.md), with the
/// answers of <see cref="TableFunctions"/>. While nothing is hidden and nothing claimed, its statements are those of other tables.
/// Else the key's winner, visible or hidden, is decided on; a winner whose values a visible row has goes to the hidden ones, and
/// <see cref="SettleFunctions"/> puts them right before the local transaction commits.
/// </summary>
public static class ClaimedTableFunctions
{
    public static string Keyed(ClaimSql s)
    {
        var t = s.Table;
        return $$"""
            CREATE OR REPLACE FUNCTION kafkabridge.apply_{{t.Oid}}({{Types}})
            RETURNS integer LANGUAGE plpgsql AS $kafkabridge$
            #variable_conflict use_column
            <<v>>
            DECLARE
            {{Aliases}}
              n {{t.Name}}; h {{t.Name}}; claimants tid[]; is_hidden boolean;
              is_raw boolean; is_own boolean; is_rewritten boolean := false; is_unknown boolean;
              held_xmin xid; held_at timestamptz; held_by integer; held_tick bigint; held_writer integer; held_epoch integer;
              held_lsn pg_lsn; held_xid xid; wins boolean; outcome integer := 0;
              any_hidden boolean := EXISTS (SELECT FROM {{s.Hidden}});
            BEGIN
              IF v.op = 's' THEN
                -- What a change of this node's own held; it was decided when it committed.
                IF v.any_hidden THEN
                  PERFORM kafkabridge.released_{{t.Oid}}(v.image::{{t.Name}});
                END IF;
                RETURN 1;
              {{(t.Table.ReferencedValues.Count == 0 ? "" : Indent(NoteValues(s), 2) + "\n  ")}}ELSIF v.op = 't' THEN
                {{Indent(TruncateSql.Conflicts(t), 4)}}
                {{Indent(TruncateSql.Truncate(t), 4)}}
                {{Indent(ParentDeleteSql.Take(t, TruncateHidden(s)), 4)}}
                PERFORM kafkabridge.released_{{t.Oid}}(NULL);
                RETURN v.outcome;
              END IF;
              n := v.image::{{t.Name}};
              {{Indent(NoteVersion(t), 2)}}
              IF v.op <> 'd' AND v.writer <> v.own AND NOT v.any_hidden THEN
                claimants := kafkabridge.claimants_{{t.Oid}}(v.n);
                IF pg_catalog.cardinality(v.claimants) = 0 THEN
                  IF v.op = 'c' AND COALESCE(pg_catalog.strpos(v.unchanged, '1'), 0) = 0 THEN
                    {{Indent(Insert(t), 8)}}
                  {{(t.Updated.Count == 0 ? "" : "ELS" + Indent(UpdateOfOlderClaimed(t), 6).TrimEnd()[..^"END IF;".Length].TrimEnd())}}
                  END IF;
                END IF;
              END IF;
              LOOP
                is_hidden := false;
                SELECT t.xmin, {{ClaimSql.VisibleTime}}, g.writer, o.tick, o.writer, o.epoch, o.commit_lsn, {{ClaimSql.VisibleXid}},
                  {{ClaimSql.IsRaw}},
                  {{ClaimSql.IsOwn}},
                  w.relid IS NOT NULL
                INTO v.held_xmin, v.held_at, v.held_by, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.held_xid,
                  v.is_raw, v.is_own, v.is_rewritten
                FROM {{Indent(s.Visible, 4)}}
                WHERE {{t.KeyMatches}};

                IF NOT FOUND THEN
                  SELECT {{ClaimSql.Of("t", "commit_time")}}, {{ClaimSql.Of("t", "tick")}}, {{ClaimSql.Of("t", "writer")}},
                    {{ClaimSql.Of("t", "epoch")}}, {{ClaimSql.Of("t", "commit_lsn")}},
                    COALESCE({{ClaimSql.Of("t", "raw_before")}} > v.lsn, false), {{ClaimSql.Of("t", "commit_time")}} = v.source_time
                  INTO v.held_at, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.is_raw, v.is_own
                  FROM {{s.Hidden}} AS t WHERE {{t.KeyMatches}};
                  is_hidden := FOUND;
                END IF;

                IF v.held_xmin IS NULL AND NOT v.is_hidden THEN
                  {{Indent(AgainstNone(t), 6)}}
                ELSE
                  is_unknown := false;
                  IF v.held_tick IS NULL THEN
                    {{Indent(VersionOfRow, 8)}}
                  END IF;
                  IF v.held_xmin = v.me THEN
                    v.wins := true;
                  ELSIF v.writer = v.own AND (v.is_raw OR (v.is_own AND NOT v.is_hidden)) THEN
                    -- This node's own row as a user wrote it is never touched; a lifted transaction's gets its version noted.
                    EXIT WHEN v.op = 'd';
                    IF v.is_own THEN
                      {{Indent(Restamp(s), 10)}}
                      RETURN 0;
                    END IF;
                    RETURN 1;
                  ELSE
                    v.wins := {{Wins}};
                  END IF;

                  -- The row is locked from here on. It was written again since it was read: read again, decide again.
                  IF v.is_hidden THEN
                    SELECT {{s.Columns("t")}} INTO v.h FROM {{s.Hidden}} AS t WHERE {{t.KeyMatches}};
                  ELSE
                    SELECT {{s.Columns("t")}} INTO v.h FROM ONLY {{t.Name}} AS t WHERE {{t.KeyMatches}} AND t.xmin = v.held_xmin FOR UPDATE;
                    CONTINUE WHEN NOT FOUND;
                  END IF;
                  IF v.outcome = 0 AND v.held_xmin IS DISTINCT FROM v.me AND (v.is_unknown OR {{Concurrent}}) THEN
                    PERFORM {{WithRow(t, "v.held_xid")}};
                    v.outcome := 2;
                  END IF;
                  IF NOT v.wins THEN
                    v.outcome := CASE v.outcome WHEN 2 THEN 3 ELSE 1 END;
                    EXIT;
                  END IF;
                  IF v.unchanged IS NOT NULL THEN
                    n := ROW({{Merged(t)}})::{{t.Name}};
                  END IF;
                END IF;

                IF v.op = 'd' THEN
                  DELETE FROM ONLY {{t.Name}} AS t WHERE {{t.KeyMatches}} AND t.xmin = v.held_xmin;
                ELSE
                  claimants := kafkabridge.claimants_{{t.Oid}}(v.n);
                  IF pg_catalog.cardinality(v.claimants) > 0 THEN
                    {{Indent(ClaimConflicts(s), 8)}}
                    DELETE FROM ONLY {{t.Name}} AS t WHERE {{t.KeyMatches}} AND t.xmin = v.held_xmin;
                  {{Indent(Write(t), 6)}}
                  END IF;
                END IF;
                -- An entry beside a row was void, and one that was the winner is no more.
                {{Indent(ParentDeleteSql.GiveUp(
                    t, $"DELETE FROM {s.Hidden} AS t WHERE {t.KeyMatches}", $"NOT v.is_hidden OR {IsAnew}"), 4)}}
                IF v.op <> 'd' AND pg_catalog.cardinality(v.claimants) > 0 THEN
                  INSERT INTO {{s.Hidden}} AS t ({{t.InsertColumns}}, {{ClaimSql.NotedColumns}})
                  SELECT {{t.InsertValues}}, v.tick, v.writer, v.epoch, v.lsn, v.ordinal, v.source_time, NULL, true;
                  {{ClaimSql.Unsettled}};
                END IF;
                IF v.held_xmin IS NOT NULL THEN
                  {{(t.Table.ReferencedValues.Count == 0 ? "" : Indent(NoteHiddenThere(t), 6) + "\n      ")}}IF v.any_hidden THEN
                    PERFORM kafkabridge.released_{{t.Oid}}(v.h);
                  END IF;
                ELSIF NOT v.is_hidden THEN
                  {{Indent(Unbury(t), 6)}}
                END IF;
                EXIT WHEN v.op = 'd';
                RETURN v.outcome;
              END LOOP;

              IF v.op = 'd' THEN
                {{Indent(Bury(t), 4)}}
              END IF;
              RETURN v.outcome;
            END v
            $kafkabridge$;
            """;
    }

    /// <summary>What a write of another row's or of this node's own gives a row, or takes from it, and foreign keys refer to.</summary>
    static string NoteValues(ClaimSql s) =>
        $"""
        ELSIF v.op IN ('{ParentDeleteSql.GivenUp}', '{ParentDeleteSql.Written}') THEN
          {Indent(ParentDeleteSql.Note(s.Table, "v.op"), 2)}
          IF v.op = '{ParentDeleteSql.Written}' AND v.writer = v.own THEN
            -- The user who wrote the key anew did not see the row that waited.
            n := v.image::{s.Table.Name};
            {Indent(ParentDeleteSql.GiveUp(s.Table, DeleteVoid(s)), 4)}
          END IF;
          RETURN 1;
        """;

    static string DeleteVoid(ClaimSql s) =>
        $"""
        DELETE FROM {s.Hidden} AS t
        WHERE {s.Table.KeyMatches} AND ROW({ClaimSql.Of("t", "tick")}, {ClaimSql.Of("t", "writer")}) < ROW(v.tick, v.writer)
          AND NOT COALESCE({ClaimSql.Of("t", "raw_before")} > v.lsn, false)
        """;

    /// <summary>A user wrote the key of a row that he knew anew: it waited among the hidden ones where he was.</summary>
    const string IsAnew = $"v.op = 'c' AND NOT ({Concurrent})";

    /// <summary>It was shown here.</summary>
    static string NoteHiddenThere(TableSql t) =>
        $"""
        IF {IsAnew} THEN
          {Indent(ParentDeleteSql.Note(t, $"'{ParentDeleteSql.GivenUp}'", "v.h::text"), 2)}
        END IF;
        """;

    static string TruncateHidden(ClaimSql s) =>
        $"""
        DELETE FROM {s.Hidden} AS t
        WHERE ROW({ClaimSql.Of("t", "tick")}, {ClaimSql.Of("t", "writer")}) <= ROW(v.tick, v.writer)
          AND NOT (v.writer = v.own AND COALESCE({ClaimSql.Of("t", "raw_before")} > v.lsn, false))
        """;

    static string Restamp(ClaimSql s) =>
        $"""
        IF v.is_hidden THEN
          UPDATE {s.Hidden} AS t SET kafkabridge_tick = v.tick, kafkabridge_writer = v.writer, kafkabridge_epoch = v.epoch,
            kafkabridge_commit_lsn = v.lsn, kafkabridge_ordinal = v.ordinal, kafkabridge_settle = true
          WHERE {s.Table.KeyMatches};
          {ClaimSql.Unsettled};
        ELSE
          {Indent(Override(s), 2)}
        END IF;
        """;

    /// <summary>The columns that the record leaves out stay as they are in the row that it replaces.</summary>
    static string Merged(TableSql t) => string.Join(", ", t.Table.Columns.Select((column, i) =>
    {
        var (name, place) = (SqlIdentifier.Quote(column.Name), (i + 1).ToString(CultureInfo.InvariantCulture));
        return $"CASE WHEN pg_catalog.substr(v.unchanged, {place}, 1) = '0' THEN v.n.{name} ELSE v.h.{name} END";
    }));

    /// <summary>Each visible row that has what the image claims; a bounded number.</summary>
    static string ClaimConflicts(ClaimSql s) =>
        $"""
        PERFORM {ConflictFunction.Call(
            s.Table,
            $"CASE WHEN pg_catalog.cardinality(v.claimants) > 1 THEN {Name(ConflictKind.MultipleUniqueConflicts)} "
            + $"WHEN v.op = 'u' OR {IsKeyChange} THEN {Name(ConflictKind.UpdateExists)} ELSE {Name(ConflictKind.InsertExists)} END",
            $"CASE WHEN ROW(v.tick, v.writer, {s.KeyTextOf("v.n")} COLLATE pg_catalog.\"C\") > ROW(q.tick, q.writer, q.key COLLATE "
            + $"pg_catalog.\"C\") THEN {ApplyRemote} ELSE {KeepLocal} END",
            "v.n", "q.row_xid", "q.at", "q.", "q.image")}
        FROM (
          SELECT {s.Image("t")} AS image, {s.Table.KeyText} AS key, {s.HolderTick} AS tick, {ClaimSql.VisibleWriter} AS writer,
            o.epoch, o.commit_lsn AS lsn, {ClaimSql.VisibleXid} AS row_xid, {ClaimSql.VisibleTime} AS at
          FROM {s.Visible.Replace("\n", "\n  ", StringComparison.Ordinal)}
          WHERE t.ctid = ANY (v.claimants)) AS q
        WHERE q.writer <> v.writer AND kafkabridge.concurrent(q.tick, q.writer, v.vector, v.known_at, v.base, v.width)
        LIMIT {Limits.ClaimConflicts.ToString(CultureInfo.InvariantCulture)};
        IF FOUND THEN
          v.outcome := 2;
        END IF;
        """;

    /// <summary>Nothing visible has what the row claims.</summary>
    static string Write(TableSql t) =>
        $"""
        {(t.Updated.Count == 0
            ? "ELSIF v.held_xmin IS NULL THEN"
            : $"ELSIF v.held_xmin IS NOT NULL THEN\n  UPDATE ONLY {t.Name} AS t SET {t.Assignments} WHERE {t.KeyMatches};\nELSE")}
          INSERT INTO {t.Name} AS t ({t.InsertColumns}) OVERRIDING SYSTEM VALUE
          SELECT {t.InsertValues} ON CONFLICT ({t.KeyColumns}) DO NOTHING;
          CONTINUE WHEN NOT FOUND;
        """;

    static string Unbury(TableSql t) =>
        $"""
        DELETE FROM {t.Tombstone} AS d WHERE {t.TombstoneMatches}
        RETURNING d.tick, d.writer, d.epoch, d.commit_lsn INTO v.held_tick, v.held_writer, v.held_epoch, v.held_lsn;
        IF FOUND AND {Concurrent} THEN
          PERFORM {WithoutRow(t, ApplyRemote)};
          v.outcome := 2;
        END IF;
        """;
}
