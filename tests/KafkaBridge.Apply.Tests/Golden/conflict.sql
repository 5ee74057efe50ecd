CREATE OR REPLACE FUNCTION kafkabridge.conflict_16384(text, text, text, "public"."Odd ""orders""", bigint, integer, integer, integer, pg_lsn, integer, xid, timestamptz, bigint, integer, integer, pg_lsn, xid, timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  kind ALIAS FOR $1;
  resolution ALIAS FOR $2;
  op ALIAS FOR $3;
  n ALIAS FOR $4;
  tick ALIAS FOR $5;
  writer ALIAS FOR $6;
  own ALIAS FOR $7;
  epoch ALIAS FOR $8;
  lsn ALIAS FOR $9;
  ordinal ALIAS FOR $10;
  source_xid ALIAS FOR $11;
  source_time ALIAS FOR $12;
  held_tick ALIAS FOR $13;
  held_writer ALIAS FOR $14;
  held_epoch ALIAS FOR $15;
  held_lsn ALIAS FOR $16;
  held_xmin ALIAS FOR $17;
  held_at ALIAS FOR $18;
  held jsonb; held_long boolean := false;
BEGIN
  IF v.held_xmin IS NOT NULL THEN
    SELECT pg_catalog.jsonb_object(ARRAY['id', 'line', 'tick', 'total']::text[], ARRAY[pg_catalog.left(t."id"::text, 1024), pg_catalog.left(t."line"::text, 1024), pg_catalog.left(t."tick"::text, 1024), pg_catalog.left(t."total"::text, 1024)]::text[]), COALESCE(GREATEST(pg_catalog.length(t."id"::text), pg_catalog.length(t."line"::text), pg_catalog.length(t."tick"::text), pg_catalog.length(t."total"::text)), 0) > 1024
    INTO v.held, v.held_long FROM ONLY "public"."Odd ""orders""" AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND t.xmin = v.held_xmin FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
  END IF;
  INSERT INTO kafkabridge.conflict (relid, schemaname, relname, conflict_type, remote_xid, remote_commit_lsn, remote_commit_ts,
    remote_origin, replica_identity, has_omitted_values, node, resolution, local_tuple, remote_tuple,
    remote_writer, remote_epoch, remote_tick, remote_ordinal,
    local_writer, local_epoch, local_commit_lsn, local_commit_ts, local_tick, local_xid, resolver)
  SELECT 16384, 'public', 'Odd "orders"', v.kind, v.source_xid, v.lsn, v.source_time,
    (SELECT g.name FROM kafkabridge.origin AS g WHERE g.writer = v.writer LIMIT 1),
    pg_catalog.jsonb_object(ARRAY['id', 'line']::text[], ARRAY[pg_catalog.left(v.n."id"::text, 1024), pg_catalog.left(v.n."line"::text, 1024)]::text[]),
    v.held_long OR (v.op IN ('c', 'u') AND COALESCE(GREATEST(pg_catalog.length(v.n."id"::text), pg_catalog.length(v.n."line"::text), pg_catalog.length(v.n."tick"::text), pg_catalog.length(v.n."total"::text)), 0) > 1024), v.own, v.resolution, v.held,
    CASE WHEN v.op IN ('c', 'u') THEN pg_catalog.jsonb_object(ARRAY['id', 'line', 'tick', 'total']::text[], ARRAY[pg_catalog.left(v.n."id"::text, 1024), pg_catalog.left(v.n."line"::text, 1024), pg_catalog.left(v.n."tick"::text, 1024), pg_catalog.left(v.n."total"::text, 1024)]::text[]) END,
    v.writer, v.epoch, v.tick, v.ordinal,
    v.held_writer, v.held_epoch, v.held_lsn, v.held_at, v.held_tick,
    CASE WHEN pg_catalog.pg_xact_commit_timestamp(v.held_xmin) = v.held_at THEN v.held_xmin END,
    CASE v.kind WHEN 'version_unknown' THEN 'error'
      ELSE 'last_update_wins' END;
  RETURN true;
END v
$kafkabridge$;
