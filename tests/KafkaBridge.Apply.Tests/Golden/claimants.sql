CREATE OR REPLACE FUNCTION kafkabridge.claimants_16400("public"."seat")
RETURNS tid[] LANGUAGE plpgsql STABLE AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  n ALIAS FOR $1;
BEGIN
  RETURN ARRAY(
    SELECT t.ctid FROM (SELECT place AS kafkabridge_1 FROM (SELECT v.n."id" AS "id", v.n."place" AS "place", v.n."guest" AS "guest", v.n."held" AS "held") AS x WHERE true) AS i CROSS JOIN ONLY "public"."seat" AS t WHERE place OPERATOR(pg_catalog.=) i.kafkabridge_1 COLLATE pg_catalog."default" AND NOT (t."id" OPERATOR(pg_catalog.=) v.n."id")
    UNION
    SELECT t.ctid FROM (SELECT lower(guest) AS kafkabridge_1, held AS kafkabridge_2 FROM (SELECT v.n."id" AS "id", v.n."place" AS "place", v.n."guest" AS "guest", v.n."held" AS "held") AS x WHERE true AND (held)) AS i CROSS JOIN ONLY "public"."seat" AS t WHERE (lower(guest) OPERATOR(pg_catalog.=) i.kafkabridge_1 OR (lower(guest) IS NULL AND i.kafkabridge_1 IS NULL)) AND (held OPERATOR(pg_catalog.=) i.kafkabridge_2 OR (held IS NULL AND i.kafkabridge_2 IS NULL)) AND (held) AND NOT (t."id" OPERATOR(pg_catalog.=) v.n."id"));
END v
$kafkabridge$;
