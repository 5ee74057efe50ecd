SELECT 1 FROM ONLY "public"."shop" AS t WHERE t.ctid = $1::text::tid AND t.xmin = $2::text::xid AND NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS q WHERE q."id" OPERATOR(pg_catalog.=) t."id" AND q."line" OPERATOR(pg_catalog.=) t."parent") FOR UPDATE;
SELECT t.ctid::text, t.xmin::text FROM (SELECT t.* FROM ONLY "public"."Odd ""orders""" AS t WHERE t.ctid = $1::text::tid AND t.xmin = $2::text::xid) AS q
JOIN ONLY "public"."shop" AS t ON q."id" OPERATOR(pg_catalog.=) t."id" AND q."line" OPERATOR(pg_catalog.=) t."parent" LIMIT 1000;
WITH d AS MATERIALIZED (
  SELECT d.id, d.image::"public"."Odd ""orders""" AS p FROM kafkabridge.parent_delete AS d
  JOIN kafkabridge.parent_delete AS e ON (e.writer, e.epoch, e.commit_lsn) = (d.writer, d.epoch, d.commit_lsn)
  WHERE e.id = $1 AND d.relid = 16384 AND d.op IN ('d', 'r'))
SELECT d.id FROM d CROSS JOIN (
  SELECT (i.n).* FROM (SELECT e.image::"public"."shop" AS n FROM kafkabridge.parent_delete AS e WHERE e.id = $1 OFFSET 0) AS i) AS t
WHERE (d.p)."id" OPERATOR(pg_catalog.=) t."id" AND (d.p)."line" OPERATOR(pg_catalog.=) t."parent" AND NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS q WHERE q."id" OPERATOR(pg_catalog.=) t."id" AND q."line" OPERATOR(pg_catalog.=) t."parent") LIMIT 1;
DELETE FROM ONLY "public"."shop" AS t WHERE t.ctid = $1::text::tid AND t.xmin = $2::text::xid;
INSERT INTO "public"."Odd ""orders""" ("id", "line", "tick") OVERRIDING SYSTEM VALUE
SELECT (i.n)."id", (i.n)."line", (i.n)."tick"
FROM (SELECT d.image::"public"."Odd ""orders""" AS n FROM kafkabridge.parent_delete AS d WHERE d.id = $1 OFFSET 0) AS i
ON CONFLICT DO NOTHING
