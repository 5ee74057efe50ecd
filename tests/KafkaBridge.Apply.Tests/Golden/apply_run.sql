CREATE OR REPLACE FUNCTION kafkabridge.apply_run(
  relation integer, ops "char"[], images text[], ordinals integer[], first integer, last integer, tick bigint, writer integer, epoch integer, lsns pg_lsn[], transactions integer[], me xid, adopted_at timestamptz, origins oid[], fresh boolean)
RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
BEGIN
  CASE relation
    WHEN 1 THEN RETURN kafkabridge.run_16384(ops, images, ordinals, first, last, tick, writer, epoch, lsns, transactions, me, adopted_at, origins, fresh);
    WHEN 2 THEN RETURN ARRAY(SELECT pg_catalog.generate_series(first, last));
    WHEN 3 THEN RETURN kafkabridge.run_16390(ops, images, ordinals, first, last, tick, writer, epoch, lsns, transactions, me, adopted_at, origins, fresh);
    ELSE RAISE EXCEPTION 'no table has the number %', relation;
  END CASE;
END
$kafkabridge$;
