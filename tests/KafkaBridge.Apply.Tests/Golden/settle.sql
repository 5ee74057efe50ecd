CREATE OR REPLACE FUNCTION kafkabridge.settle_16400(bigint, integer, integer, timestamptz, timestamptz, xid)
RETURNS void LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  tick ALIAS FOR $1; writer ALIAS FOR $2; own ALIAS FOR $3; at ALIAS FOR $4; adopted_at ALIAS FOR $5; me ALIAS FOR $6;
  h kafkabridge.hidden_16400; n "public"."seat"; gone "public"."seat"[]; one "public"."seat"; holders integer; greater integer; tries integer := 0;
BEGIN
  WHILE EXISTS (SELECT FROM kafkabridge.hidden_16400 AS t WHERE t.kafkabridge_settle) LOOP
  -- Who joins the list meanwhile has the next turn: what it then finds visible and lower it hides.
  FOR h IN
    SELECT t.* FROM kafkabridge.hidden_16400 AS t WHERE t.kafkabridge_settle
    ORDER BY t.kafkabridge_tick DESC, t.kafkabridge_writer DESC,
      ROW(t."id")::text COLLATE pg_catalog."C" DESC
  LOOP
    -- As it is now: a row that was hidden since may have taken the place of a void one.
    n := ROW(v.h."id", v.h."place", v.h."guest", v.h."held")::"public"."seat";
    SELECT t.* INTO v.h FROM kafkabridge.hidden_16400 AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t.kafkabridge_settle;
    CONTINUE WHEN NOT FOUND;
    n := ROW(v.h."id", v.h."place", v.h."guest", v.h."held")::"public"."seat";
    IF EXISTS (SELECT FROM ONLY "public"."seat" AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id") THEN
      DELETE FROM kafkabridge.hidden_16400 AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";
      CONTINUE;
    END IF;

    WITH holder AS MATERIALIZED (
      SELECT t.ctid AS place, t.xmin AS row_xmin, CASE WHEN o.tick IS NULL AND t.xmin <> v.me AND w.relid IS NULL AND c."timestamp" IS NULL THEN kafkabridge.holder_tick(t.xmin, 16400, ROW(t."id")::text) ELSE CASE WHEN o.tick IS NOT NULL THEN o.tick WHEN t.xmin = v.me THEN v.tick WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN 0 ELSE kafkabridge.tick(c."timestamp") END END AS tick, CASE WHEN o.tick IS NOT NULL THEN o.writer WHEN t.xmin = v.me THEN v.writer WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN -1 ELSE COALESCE(g.writer, v.own) END AS writer,
        o.epoch, o.commit_lsn, o.ordinal, COALESCE(COALESCE(o.commit_time, c."timestamp"), v.at) AS commit_time,
        CASE WHEN g.writer IS NULL AND w.relid IS NULL AND t.xmin <> v.me THEN pg_catalog.pg_current_wal_insert_lsn() ELSE o.raw_before END AS raw_before,
        ROW(CASE WHEN o.tick IS NULL AND t.xmin <> v.me AND w.relid IS NULL AND c."timestamp" IS NULL THEN kafkabridge.holder_tick(t.xmin, 16400, ROW(t."id")::text) ELSE CASE WHEN o.tick IS NOT NULL THEN o.tick WHEN t.xmin = v.me THEN v.tick WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN 0 ELSE kafkabridge.tick(c."timestamp") END END, CASE WHEN o.tick IS NOT NULL THEN o.writer WHEN t.xmin = v.me THEN v.writer WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN -1 ELSE COALESCE(g.writer, v.own) END, ROW(t."id")::text COLLATE pg_catalog."C")
          > ROW(v.h.kafkabridge_tick, v.h.kafkabridge_writer, ROW(v.h."id")::text COLLATE pg_catalog."C") AS is_greater
      FROM ONLY "public"."seat" AS t
      LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
      LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
      LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16400 AND w.row_xmin = t.xmin
      WHERE t.ctid = ANY (kafkabridge.claimants_16400(v.n))),
    gone AS (
      DELETE FROM ONLY "public"."seat" AS t USING holder AS q
      WHERE t.ctid = q.place AND t.xmin = q.row_xmin AND NOT EXISTS (SELECT FROM holder AS q WHERE q.is_greater)
      RETURNING ROW(t."id", t."place", t."guest", t."held")::"public"."seat" AS image, q.tick, q.writer, q.epoch, q.commit_lsn, q.ordinal, q.commit_time, q.raw_before),
    hidden AS (
      INSERT INTO kafkabridge.hidden_16400 AS t ("id", "place", "guest", "held", kafkabridge_tick, kafkabridge_writer, kafkabridge_epoch, kafkabridge_commit_lsn, kafkabridge_ordinal, kafkabridge_commit_time, kafkabridge_raw_before, kafkabridge_settle)
      SELECT (g.image)."id", (g.image)."place", (g.image)."guest", (g.image)."held",
        g.tick, g.writer, g.epoch, g.commit_lsn, g.ordinal, g.commit_time, g.raw_before, false
      FROM gone AS g
      ON CONFLICT ON CONSTRAINT hidden_16400_key DO UPDATE SET "id" = EXCLUDED."id", "place" = EXCLUDED."place", "guest" = EXCLUDED."guest", "held" = EXCLUDED."held", kafkabridge_tick = EXCLUDED.kafkabridge_tick, kafkabridge_writer = EXCLUDED.kafkabridge_writer, kafkabridge_epoch = EXCLUDED.kafkabridge_epoch, kafkabridge_commit_lsn = EXCLUDED.kafkabridge_commit_lsn, kafkabridge_ordinal = EXCLUDED.kafkabridge_ordinal, kafkabridge_commit_time = EXCLUDED.kafkabridge_commit_time, kafkabridge_raw_before = EXCLUDED.kafkabridge_raw_before, kafkabridge_settle = EXCLUDED.kafkabridge_settle)
    SELECT (SELECT pg_catalog.count(*) FROM holder), (SELECT pg_catalog.count(*) FROM holder AS q WHERE q.is_greater),
      (SELECT pg_catalog.array_agg(g.image) FROM gone AS g)
    INTO v.holders, v.greater, v.gone;

    IF v.greater > 0 THEN
      UPDATE kafkabridge.hidden_16400 AS t SET kafkabridge_settle = false WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";
      CONTINUE;
    END IF;
    IF COALESCE(pg_catalog.cardinality(v.gone), 0) < v.holders THEN
      -- One was written again since it was read: all again.
      tries := v.tries + 1;
      IF v.tries > 10 THEN
        RAISE EXCEPTION 'rows of "public"."seat" that hold unique values are written again and again'
          USING ERRCODE = 'serialization_failure';
      END IF;
      PERFORM kafkabridge.released_16400(NULL);
      CONTINUE;
    END IF;

    INSERT INTO "public"."seat" AS t ("id", "place", "guest", "held") OVERRIDING SYSTEM VALUE SELECT v.n."id", v.n."place", v.n."guest", v.n."held";
    DELETE FROM kafkabridge.hidden_16400 AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";
    IF ROW(v.h.kafkabridge_tick, v.h.kafkabridge_writer) <> ROW(v.tick, v.writer)
      OR v.h.kafkabridge_raw_before IS NOT NULL THEN
      INSERT INTO kafkabridge.row_version AS o
        (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time, raw_before)
      SELECT 16400, ROW(v.n."id")::text, v.me, v.h.kafkabridge_tick, v.h.kafkabridge_writer, v.h.kafkabridge_epoch,
        v.h.kafkabridge_commit_lsn, v.h.kafkabridge_ordinal, v.h.kafkabridge_commit_time, v.h.kafkabridge_raw_before
      ON CONFLICT ON CONSTRAINT row_version_pkey DO UPDATE SET
    row_xmin = EXCLUDED.row_xmin, tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
    commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal, commit_time = EXCLUDED.commit_time,
    raw_before = EXCLUDED.raw_before;
    END IF;
    FOREACH one IN ARRAY COALESCE(v.gone, '{}') LOOP
      PERFORM kafkabridge.released_16400(v.one);
    END LOOP;
  END LOOP;
  END LOOP;
END v
$kafkabridge$;
