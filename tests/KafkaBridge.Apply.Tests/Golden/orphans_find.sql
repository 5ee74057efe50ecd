WITH d AS MATERIALIZED (
  SELECT d.*, d.image::"public"."Odd ""orders""" AS p FROM kafkabridge.parent_delete AS d
  WHERE d.id = ANY ($1) AND d.relid = 16384 AND d.op = 'd')
SELECT d.id, t.ctid::text, t.xmin::text, CASE WHEN o.tick IS NOT NULL THEN o.writer WHEN t.xmin = v.me THEN v.writer WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN -1 ELSE COALESCE(g.writer, v.own) END
FROM d CROSS JOIN (
  SELECT $2::integer AS own, $3::timestamptz AS adopted_at, '0'::xid AS me, 0::bigint AS tick, 0 AS writer) AS v
CROSS JOIN ONLY "public"."shop" AS t
LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16500 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16500 AND w.row_xmin = t.xmin
WHERE (d.p)."id" OPERATOR(pg_catalog.=) t."id" AND (d.p)."line" OPERATOR(pg_catalog.=) t."parent" AND NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS q WHERE q."id" OPERATOR(pg_catalog.=) t."id" AND q."line" OPERATOR(pg_catalog.=) t."parent")
ORDER BY d.id LIMIT 1000
