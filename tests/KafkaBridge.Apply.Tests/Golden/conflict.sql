CREATE OR REPLACE FUNCTION kafkabridge.conflict_16384(text, text, text, "public"."Odd ""orders""", bigint, integer, integer, pg_lsn, xid, timestamptz, bigint, integer, xid)
RETURNS void LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  op ALIAS FOR $3;
  n ALIAS FOR $4;
  held jsonb; held_long boolean := false;
BEGIN
  SELECT pg_catalog.jsonb_object(ARRAY['id', 'line', 'tick', 'total']::text[], ARRAY[pg_catalog.left(t."id"::text, 1024), pg_catalog.left(t."line"::text, 1024), pg_catalog.left(t."tick"::text, 1024), pg_catalog.left(t."total"::text, 1024)]::text[]), COALESCE(GREATEST(pg_catalog.length(t."id"::text), pg_catalog.length(t."line"::text), pg_catalog.length(t."tick"::text), pg_catalog.length(t."total"::text)), 0) > 1024
  INTO v.held, v.held_long FROM ONLY "public"."Odd ""orders""" AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line";
  INSERT INTO kafkabridge.conflict (relid, schemaname, relname, conflict_type, remote_xid, remote_commit_lsn, remote_commit_ts,
    remote_origin, replica_identity, has_omitted_values, node, resolution, local_tuple, remote_tuple,
    remote_writer, remote_tick, local_writer, local_tick, local_xid)
  SELECT 16384, 'public', 'Odd "orders"', $1, $9, $8, $10,
    (SELECT g.name FROM kafkabridge.origin AS g WHERE g.writer = $6 LIMIT 1),
    pg_catalog.jsonb_object(ARRAY['id', 'line']::text[], ARRAY[pg_catalog.left(v.n."id"::text, 1024), pg_catalog.left(v.n."line"::text, 1024)]::text[]),
    COALESCE(v.held_long, false) OR (v.op <> 'd' AND COALESCE(GREATEST(pg_catalog.length(v.n."id"::text), pg_catalog.length(v.n."line"::text), pg_catalog.length(v.n."tick"::text), pg_catalog.length(v.n."total"::text)), 0) > 1024), $7, $2, v.held,
    CASE WHEN v.op <> 'd' THEN pg_catalog.jsonb_object(ARRAY['id', 'line', 'tick', 'total']::text[], ARRAY[pg_catalog.left(v.n."id"::text, 1024), pg_catalog.left(v.n."line"::text, 1024), pg_catalog.left(v.n."tick"::text, 1024), pg_catalog.left(v.n."total"::text, 1024)]::text[]) END,
    $6, $5, $12, $11, $13;
END v
$kafkabridge$;
