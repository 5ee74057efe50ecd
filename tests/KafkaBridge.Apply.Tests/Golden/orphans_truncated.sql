  SELECT d.* FROM kafkabridge.parent_delete AS d
  WHERE d.id = ANY ($1) AND d.relid = 16384 AND d.op = 't')
WHERE t."id" IS NOT NULL AND t."parent" IS NOT NULL AND NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS q WHERE q."id" OPERATOR(pg_catalog.=) t."id" AND q."line" OPERATOR(pg_catalog.=) t."parent")
  WHERE d.relid = 16384 AND d.op = 'r' AND EXISTS (
    SELECT FROM kafkabridge.parent_delete AS e
    WHERE e.id = ANY ($1) AND e.relid = d.relid AND e.op = 't' AND (e.writer, e.epoch, e.commit_lsn) = (d.writer, d.epoch, d.commit_lsn)))
