CREATE OR REPLACE FUNCTION kafkabridge.insert_16390(text[], integer, integer, bigint, integer, xid)
RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  images ALIAS FOR $1;
  first ALIAS FOR $2;
  last ALIAS FOR $3;
  tick ALIAS FOR $4;
  writer ALIAS FOR $5;
  me ALIAS FOR $6;
BEGIN
  IF EXISTS (SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = 16390 AND ROW(d.tick, d.writer) >= ROW(v.tick, v.writer)) THEN
    RETURN ARRAY(SELECT i FROM pg_catalog.generate_series(v.first, v.last) AS i ORDER BY i);
  END IF;
  INSERT INTO "public"."log" ("at", "text") OVERRIDING SYSTEM VALUE
  SELECT (s.n)."at", (s.n)."text" FROM (SELECT i AS place, v.images[i]::"public"."log" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s;
  RETURN NULL;
END v
$kafkabridge$;
