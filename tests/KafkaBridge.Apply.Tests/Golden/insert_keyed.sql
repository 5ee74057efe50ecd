CREATE OR REPLACE FUNCTION kafkabridge.insert_16384(text[], integer, integer, bigint, integer, xid)
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
  inserted integer; rest integer[];
BEGIN
  INSERT INTO "public"."Odd ""orders""" AS t ("id", "line", "tick") OVERRIDING SYSTEM VALUE
  SELECT (s.n)."id", (s.n)."line", (s.n)."tick"
  FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
  WHERE NOT EXISTS (SELECT FROM kafkabridge.tombstone_16384 AS d WHERE d.k1 OPERATOR(pg_catalog.=) (s.n)."id" AND d.k2 OPERATOR(pg_catalog.=) (s.n)."line")
    AND NOT EXISTS (SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = 16384 AND ROW(d.tick, d.writer) >= ROW(v.tick, v.writer))
  ON CONFLICT ("id", "line") DO NOTHING;
  GET DIAGNOSTICS inserted = ROW_COUNT;
  IF v.inserted <= v.last - v.first THEN
    SELECT pg_catalog.array_agg(s.place ORDER BY s.place) INTO v.rest
    FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
    WHERE NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS t WHERE t."id" OPERATOR(pg_catalog.=) (s.n)."id" AND t."line" OPERATOR(pg_catalog.=) (s.n)."line" AND t.xmin = v.me);
  END IF;
  RETURN v.rest;
END v
$kafkabridge$;
