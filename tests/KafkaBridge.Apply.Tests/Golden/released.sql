CREATE OR REPLACE FUNCTION kafkabridge.released_16400("public"."seat")
RETURNS void LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  n ALIAS FOR $1;
BEGIN
  IF v.n IS NULL THEN
    UPDATE kafkabridge.hidden_16400 AS t SET kafkabridge_settle = true;
  ELSE
    UPDATE kafkabridge.hidden_16400 AS t SET kafkabridge_settle = true WHERE t.ctid = ANY (ARRAY(
      SELECT t.ctid FROM (SELECT place AS kafkabridge_1 FROM (SELECT v.n."id" AS "id", v.n."place" AS "place", v.n."guest" AS "guest", v.n."held" AS "held") AS x WHERE true) AS i CROSS JOIN kafkabridge.hidden_16400 AS t WHERE place OPERATOR(pg_catalog.=) i.kafkabridge_1 COLLATE pg_catalog."default"
    UNION
    SELECT t.ctid FROM (SELECT lower(guest) AS kafkabridge_1, held AS kafkabridge_2 FROM (SELECT v.n."id" AS "id", v.n."place" AS "place", v.n."guest" AS "guest", v.n."held" AS "held") AS x WHERE true AND (held)) AS i CROSS JOIN kafkabridge.hidden_16400 AS t WHERE (lower(guest) OPERATOR(pg_catalog.=) i.kafkabridge_1 OR (lower(guest) IS NULL AND i.kafkabridge_1 IS NULL)) AND (held OPERATOR(pg_catalog.=) i.kafkabridge_2 OR (held IS NULL AND i.kafkabridge_2 IS NULL)) AND (held)));
  END IF;
  IF FOUND THEN
    PERFORM pg_catalog.set_config('kafkabridge.unsettled', 'on', true);
  END IF;
END v
$kafkabridge$;
