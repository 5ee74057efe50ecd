CREATE OR REPLACE FUNCTION kafkabridge.insert_16384(text[], integer, integer, bigint, integer, xid)
RETURNS integer[] LANGUAGE sql AS $kafkabridge$
  SELECT pg_catalog.array_agg(i ORDER BY i) FROM pg_catalog.generate_series($2, $3) AS i
$kafkabridge$;
