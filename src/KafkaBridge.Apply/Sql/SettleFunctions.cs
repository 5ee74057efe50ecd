namespace KafkaBridge.Apply.Sql;

/// <summary>
/// At the end of a local transaction: of the hidden rows that are to be settled the greatest becomes visible if no greater visible
/// row has what it claims; lower ones that have are hidden, and who claims what those held is to be settled too.
/// <see cref="Changes.Conflicts.ClaimedRows{TKey}"/> is the rule.
/// </summary>
public static class SettleFunctions
{
    const int Tries = 10;

    /// <summary>For row_version: the override of another xmin gives way, with what it noted.</summary>
    public const string OverrideKept =
        """
        ON CONFLICT ON CONSTRAINT row_version_pkey DO UPDATE SET
            row_xmin = EXCLUDED.row_xmin, tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
            commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal, commit_time = EXCLUDED.commit_time,
            raw_before = EXCLUDED.raw_before
        """;

    public static string Of(ClaimSql s)
    {
        var t = s.Table;
        return $$"""
            CREATE OR REPLACE FUNCTION kafkabridge.settle_{{t.Oid}}(bigint, integer, integer, timestamptz, timestamptz, xid)
            RETURNS void LANGUAGE plpgsql AS $kafkabridge$
            #variable_conflict use_column
            <<v>>
            DECLARE
              tick ALIAS FOR $1; writer ALIAS FOR $2; own ALIAS FOR $3; at ALIAS FOR $4; adopted_at ALIAS FOR $5; me ALIAS FOR $6;
              h {{s.Hidden}}; n {{t.Name}}; gone {{t.Name}}[]; one {{t.Name}}; holders integer; greater integer; tries integer := 0;
            BEGIN
              WHILE EXISTS (SELECT FROM {{s.Hidden}} AS t WHERE {{ClaimSql.Of("t", "settle")}}) LOOP
              -- Who joins the list meanwhile has the next turn: what it then finds visible and lower it hides.
              FOR h IN
                SELECT t.* FROM {{s.Hidden}} AS t WHERE {{ClaimSql.Of("t", "settle")}}
                ORDER BY {{ClaimSql.Of("t", "tick")}} DESC, {{ClaimSql.Of("t", "writer")}} DESC,
                  {{s.KeyTextOf("t")}} COLLATE pg_catalog."C" DESC
              LOOP
                -- As it is now: a row that was hidden since may have taken the place of a void one.
                n := {{s.Image("v.h")}};
                SELECT t.* INTO v.h FROM {{s.Hidden}} AS t WHERE {{t.KeyMatches}} AND {{ClaimSql.Of("t", "settle")}};
                CONTINUE WHEN NOT FOUND;
                n := {{s.Image("v.h")}};
                IF EXISTS (SELECT FROM ONLY {{t.Name}} AS t WHERE {{t.KeyMatches}}) THEN
                  {{Void(s)}};
                  CONTINUE;
                END IF;

                WITH holder AS MATERIALIZED (
                  SELECT t.ctid AS place, t.xmin AS row_xmin, {{s.HolderTick}} AS tick, {{ClaimSql.VisibleWriter}} AS writer,
                    o.epoch, o.commit_lsn, o.ordinal, COALESCE({{ClaimSql.VisibleTime}}, v.at) AS commit_time,
                    {{ClaimSql.VisibleRawBefore}} AS raw_before,
                    ROW({{s.HolderTick}}, {{ClaimSql.VisibleWriter}}, {{t.KeyText}} COLLATE pg_catalog."C")
                      > {{s.HiddenOrder("v.h")}} AS is_greater
                  FROM {{s.Visible.Replace("\n", "\n      ", StringComparison.Ordinal)}}
                  WHERE t.ctid = ANY (kafkabridge.claimants_{{t.Oid}}(v.n))),
                gone AS (
                  DELETE FROM ONLY {{t.Name}} AS t USING holder AS q
                  WHERE t.ctid = q.place AND t.xmin = q.row_xmin AND NOT EXISTS (SELECT FROM holder AS q WHERE q.is_greater)
                  RETURNING {{s.Image("t")}} AS image, q.tick, q.writer, q.epoch, q.commit_lsn, q.ordinal, q.commit_time, q.raw_before),
                hidden AS (
                  INSERT INTO {{s.Hidden}} AS t ({{t.InsertColumns}}, {{ClaimSql.NotedColumns}})
                  SELECT {{t.InsertValuesOf("(g.image)")}},
                    g.tick, g.writer, g.epoch, g.commit_lsn, g.ordinal, g.commit_time, g.raw_before, false
                  FROM gone AS g
                  ON CONFLICT ON CONSTRAINT hidden_{{t.Oid}}_key DO UPDATE SET {{s.Excluded}})
                SELECT (SELECT pg_catalog.count(*) FROM holder), (SELECT pg_catalog.count(*) FROM holder AS q WHERE q.is_greater),
                  (SELECT pg_catalog.array_agg(g.image) FROM gone AS g)
                INTO v.holders, v.greater, v.gone;

                IF v.greater > 0 THEN
                  UPDATE {{s.Hidden}} AS t SET kafkabridge_settle = false WHERE {{t.KeyMatches}};
                  CONTINUE;
                END IF;
                IF COALESCE(pg_catalog.cardinality(v.gone), 0) < v.holders THEN
                  -- One was written again since it was read: all again.
                  tries := v.tries + 1;
                  IF v.tries > {{Tries}} THEN
                    RAISE EXCEPTION 'rows of {{Quoted(t.Name)}} that hold unique values are written again and again'
                      USING ERRCODE = 'serialization_failure';
                  END IF;
                  PERFORM kafkabridge.released_{{t.Oid}}(NULL);
                  CONTINUE;
                END IF;

                INSERT INTO {{t.Name}} AS t ({{t.InsertColumns}}) OVERRIDING SYSTEM VALUE SELECT {{t.InsertValues}};
                DELETE FROM {{s.Hidden}} AS t WHERE {{t.KeyMatches}};
                IF ROW({{ClaimSql.Of("v.h", "tick")}}, {{ClaimSql.Of("v.h", "writer")}}) <> ROW(v.tick, v.writer)
                  OR {{ClaimSql.Of("v.h", "raw_before")}} IS NOT NULL THEN
                  INSERT INTO kafkabridge.row_version AS o
                    (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time, raw_before)
                  SELECT {{t.Oid}}, {{s.KeyTextOf("v.n")}}, v.me, v.h.kafkabridge_tick, v.h.kafkabridge_writer, v.h.kafkabridge_epoch,
                    v.h.kafkabridge_commit_lsn, v.h.kafkabridge_ordinal, v.h.kafkabridge_commit_time, v.h.kafkabridge_raw_before
                  {{OverrideKept}};
                END IF;
                FOREACH one IN ARRAY COALESCE(v.gone, '{}') LOOP
                  PERFORM kafkabridge.released_{{t.Oid}}(v.one);
                END LOOP;
              END LOOP;
              END LOOP;
            END v
            $kafkabridge$;
            """;
    }

    /// <summary>A void one that others may refer to is noted, and goes, when this node's own write of its key comes.</summary>
    static string Void(ClaimSql s) => s.Table.Table.ReferencedValues.Count == 0
        ? $"DELETE FROM {s.Hidden} AS t WHERE {s.Table.KeyMatches}"
        : $"UPDATE {s.Hidden} AS t SET kafkabridge_settle = false WHERE {s.Table.KeyMatches}";

    /// <summary>Called where something is to be settled; the position row follows.</summary>
    public static string Dispatch(IEnumerable<ClaimSql> tables) =>
        $"""
        CREATE OR REPLACE FUNCTION kafkabridge.settle(
          tick bigint, writer integer, own integer, at timestamptz, adopted_at timestamptz, me xid)
        RETURNS void LANGUAGE plpgsql AS $kafkabridge$
        BEGIN
          IF pg_catalog.current_setting('kafkabridge.unsettled', true) = 'on' THEN
        {string.Join('\n', tables.Select(s => $"    PERFORM kafkabridge.settle_{s.Table.Oid}(tick, writer, own, at, adopted_at, me);"))}
          END IF;
        END
        $kafkabridge$;
        """;

    /// <summary>Inside a literal, and no place of RAISE.</summary>
    static string Quoted(string name) =>
        name.Replace("'", "''", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal);
}
