CREATE OR REPLACE FUNCTION kafkabridge.run_16390("char"[], text[], integer[], integer, integer, bigint, integer, integer, pg_lsn[], integer[], xid, timestamptz, oid[], boolean)
RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  ops ALIAS FOR $1;
  images ALIAS FOR $2;
  ordinals ALIAS FOR $3;
  first ALIAS FOR $4;
  last ALIAS FOR $5;
  tick ALIAS FOR $6;
  writer ALIAS FOR $7;
  epoch ALIAS FOR $8;
  lsns ALIAS FOR $9;
  transactions ALIAS FOR $10;
  me ALIAS FOR $11;
  adopted_at ALIAS FOR $12;
  origins ALIAS FOR $13;
  fresh ALIAS FOR $14;
BEGIN
  IF v.origins IS NULL THEN
    IF EXISTS (SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = 16390 AND ROW(d.tick, d.writer) >= ROW(v.tick, v.writer)) THEN
      RETURN ARRAY(SELECT i FROM pg_catalog.generate_series(v.first, v.last) AS i ORDER BY i);
    END IF;
  END IF;
  INSERT INTO "public"."log" AS t ("at", "text") OVERRIDING SYSTEM VALUE
  SELECT (s.n)."at", (s.n)."text"
  FROM (SELECT i AS place, v.images[i]::"public"."log" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s;
  RETURN '{}';
END v
$kafkabridge$;
