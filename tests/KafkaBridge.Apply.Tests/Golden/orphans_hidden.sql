  NULL, d.writer, d.epoch, d.tick, d.ordinal, t.kafkabridge_writer, t.kafkabridge_epoch, t.kafkabridge_commit_lsn, t.kafkabridge_commit_time,
  t.kafkabridge_tick, NULL, 'delete_child',
CROSS JOIN kafkabridge.hidden_16500 AS t
WHERE (d.p)."id" OPERATOR(pg_catalog.=) t."id" AND (d.p)."line" OPERATOR(pg_catalog.=) t."parent" AND NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS q WHERE q."id" OPERATOR(pg_catalog.=) t."id" AND q."line" OPERATOR(pg_catalog.=) t."parent") AND NOT EXISTS (SELECT FROM ONLY "public"."shop" AS n WHERE t."id" OPERATOR(pg_catalog.=) n."id");
SELECT d.id, t.ctid::text, t.xmin::text, t.kafkabridge_writer
CROSS JOIN kafkabridge.hidden_16500 AS t
WHERE (d.p)."id" OPERATOR(pg_catalog.=) t."id" AND (d.p)."line" OPERATOR(pg_catalog.=) t."parent" AND NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS q WHERE q."id" OPERATOR(pg_catalog.=) t."id" AND q."line" OPERATOR(pg_catalog.=) t."parent") AND NOT EXISTS (SELECT FROM ONLY "public"."shop" AS n WHERE t."id" OPERATOR(pg_catalog.=) n."id")
