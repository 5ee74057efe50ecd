  SELECT d.*, d.image::"public"."shop" AS p FROM kafkabridge.parent_delete AS d
  WHERE d.id = ANY ($1) AND d.relid = 16500 AND d.op <> 't' AND (d.op <> 'w' OR NOT EXISTS (
    SELECT FROM kafkabridge.parent_delete AS e
    WHERE e.relid = 16500
      AND e.op IN ('d', 'o', 't')
      AND ROW(e.tick, e.writer, e.epoch, e.commit_lsn, e.ordinal) > ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal)
      AND (e.op = 't' OR (e.image::"public"."shop")."code"::text = (d.image::"public"."shop")."code"::text))))
  CASE WHEN o.tick IS NOT NULL THEN o.tick WHEN t.xmin = v.me THEN v.tick WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN 0 ELSE kafkabridge.tick(c."timestamp") END, CASE WHEN o.commit_time IS NULL THEN t.xmin END, CASE WHEN d.op IN ('o', 'w') THEN 'report' ELSE 'restore_parent' END,
  pg_catalog.jsonb_build_object('constraint', 'parent'::text, 'by', d.op,
    'references', 'public.shop'::text,
    'key', pg_catalog.jsonb_object(ARRAY['code']::text[],
      ARRAY[t."parent"::text]::text[]))
WHERE (d.p)."code" OPERATOR(pg_catalog.=) t."parent" AND NOT EXISTS (SELECT FROM ONLY "public"."shop" AS q WHERE q."code" OPERATOR(pg_catalog.=) t."parent") AND NOT EXISTS (SELECT FROM kafkabridge.hidden_16500 AS q WHERE q."code" OPERATOR(pg_catalog.=) t."parent");
SELECT d.id FROM d WHERE d.op = 'w'
  AND NOT EXISTS (SELECT FROM ONLY "public"."shop" AS q WHERE q."code"::text = (d.image::"public"."shop")."code"::text) AND NOT EXISTS (SELECT FROM kafkabridge.hidden_16500 AS q WHERE q."code"::text = (d.image::"public"."shop")."code"::text)
