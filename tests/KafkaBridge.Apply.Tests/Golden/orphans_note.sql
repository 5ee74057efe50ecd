WITH d AS MATERIALIZED (
  SELECT d.*, d.image::"public"."Odd ""orders""" AS p FROM kafkabridge.parent_delete AS d
  WHERE d.id = ANY ($1) AND d.relid = 16384 AND d.op = 'd')
INSERT INTO kafkabridge.conflict (relid, schemaname, relname, conflict_type, remote_xid, remote_commit_lsn, remote_commit_ts,
remote_origin, replica_identity, has_omitted_values, node, resolution, local_tuple, remote_tuple,
remote_writer, remote_epoch, remote_tick, remote_ordinal,
local_writer, local_epoch, local_commit_lsn, local_commit_ts, local_tick, local_xid, resolver, local_conflicts)
SELECT 16500, 'public', 'shop',
  'foreign_key_missing', d.source_xid, d.commit_lsn, d.source_time,
  (SELECT n.name FROM kafkabridge.origin AS n WHERE n.writer = d.writer LIMIT 1),
  pg_catalog.jsonb_object(ARRAY['id']::text[],
    ARRAY[pg_catalog.left(t."id"::text, 1024)]::text[]),
  COALESCE(GREATEST(pg_catalog.length(t."id"::text), pg_catalog.length(t."code"::text), pg_catalog.length(t."parent"::text)), 0) > 1024, v.own,
  'apply_remote',
  pg_catalog.jsonb_object(ARRAY['id', 'code', 'parent']::text[],
    ARRAY[pg_catalog.left(t."id"::text, 1024), pg_catalog.left(t."code"::text, 1024), pg_catalog.left(t."parent"::text, 1024)]::text[]),
  NULL, d.writer, d.epoch, d.tick, d.ordinal, CASE WHEN o.tick IS NOT NULL THEN o.writer WHEN t.xmin = v.me THEN v.writer WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN -1 ELSE COALESCE(g.writer, v.own) END, o.epoch, o.commit_lsn, COALESCE(o.commit_time, c."timestamp"),
  CASE WHEN o.tick IS NOT NULL THEN o.tick WHEN t.xmin = v.me THEN v.tick WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN 0 ELSE kafkabridge.tick(c."timestamp") END, CASE WHEN o.commit_time IS NULL THEN t.xmin END, 'delete_child',
  pg_catalog.jsonb_build_object('constraint', 'line''s'::text, 'by', d.op,
    'references', 'public.Odd "orders"'::text,
    'key', pg_catalog.jsonb_object(ARRAY['id', 'line']::text[],
      ARRAY[t."id"::text, t."parent"::text]::text[]))
FROM d CROSS JOIN (
  SELECT $2::integer AS own, $3::timestamptz AS adopted_at, '0'::xid AS me, 0::bigint AS tick, 0 AS writer) AS v
CROSS JOIN ONLY "public"."shop" AS t
LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16500 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16500 AND w.row_xmin = t.xmin
WHERE (d.p)."id" OPERATOR(pg_catalog.=) t."id" AND (d.p)."line" OPERATOR(pg_catalog.=) t."parent" AND NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS q WHERE q."id" OPERATOR(pg_catalog.=) t."id" AND q."line" OPERATOR(pg_catalog.=) t."parent")
LIMIT 1000
