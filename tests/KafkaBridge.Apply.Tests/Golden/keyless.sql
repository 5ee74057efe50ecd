CREATE OR REPLACE FUNCTION kafkabridge.apply_16390(text, text, text, integer, bigint, integer, integer, integer, pg_lsn, xid, timestamptz, xid, timestamptz, bigint[], bigint[], integer, integer, oid[])
RETURNS integer LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  op ALIAS FOR $1;
  image ALIAS FOR $2;
  unchanged ALIAS FOR $3;
  ordinal ALIAS FOR $4;
  tick ALIAS FOR $5;
  writer ALIAS FOR $6;
  own ALIAS FOR $7;
  epoch ALIAS FOR $8;
  lsn ALIAS FOR $9;
  source_xid ALIAS FOR $10;
  source_time ALIAS FOR $11;
  me ALIAS FOR $12;
  adopted_at ALIAS FOR $13;
  vector ALIAS FOR $14;
  known_at ALIAS FOR $15;
  base ALIAS FOR $16;
  width ALIAS FOR $17;
  origins ALIAS FOR $18;
  n "public"."log";
BEGIN
  IF v.op = 't' THEN
    IF EXISTS (
      SELECT FROM ONLY "public"."log" AS t
      LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
      WHERE CASE WHEN c."timestamp" IS NULL
          AND t.xmin <> v.me AND (v.writer <> v.own OR t.xmin <> v.source_xid)
        THEN kafkabridge.is_unknown(t.xmin, CASE WHEN v.writer <> v.own THEN v.tick END) ELSE false END) THEN
      RAISE EXCEPTION 'table % was truncated, and of some of its rows it is not known whether they are later: commit times were lost. '
        'Delete here those that shall go, and write the others once more', '16390'::regclass
        USING ERRCODE = '55000';
    END IF;
    INSERT INTO kafkabridge.table_tombstone AS d (relid, tick, writer, epoch, commit_lsn, ordinal)
    VALUES (16390, v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
    ON CONFLICT ON CONSTRAINT table_tombstone_pkey DO UPDATE SET
      tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
      commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal
    WHERE ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) < ROW(EXCLUDED.tick, EXCLUDED.writer, EXCLUDED.epoch, EXCLUDED.commit_lsn, EXCLUDED.ordinal);
    DELETE FROM ONLY "public"."log" AS t WHERE t.xmin = v.me OR (
      SELECT CASE
        WHEN v.writer = v.own AND g.writer IS NULL THEN false
        WHEN c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN true
        ELSE ROW(kafkabridge.tick(c."timestamp"), COALESCE(g.writer, v.own)) <= ROW(v.tick, v.writer) END
      FROM pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident);
    RETURN 0;
  ELSIF v.writer = v.own THEN
    -- Nothing to note a lifted transaction's version by.
    RETURN 1;
  ELSIF v.op <> 'c' THEN
    RAISE EXCEPTION 'a table without a key takes inserts only, not %', v.op USING ERRCODE = 'feature_not_supported';
  END IF;
  n := v.image::"public"."log";
  IF v.origins IS NOT NULL THEN
    INSERT INTO "public"."log" ("at", "text") OVERRIDING SYSTEM VALUE
    SELECT v.n."at", v.n."text";
  ELSE
    INSERT INTO "public"."log" ("at", "text") OVERRIDING SYSTEM VALUE
    SELECT v.n."at", v.n."text"
    WHERE NOT EXISTS (SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = 16390 AND ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) > ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal));
  END IF;
  RETURN CASE WHEN FOUND THEN 0 ELSE 1 END;
END v
$kafkabridge$;
