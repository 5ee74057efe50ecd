CREATE OR REPLACE FUNCTION kafkabridge.insert_rows(relation integer, images text[], first integer, last integer, tick bigint, writer integer, me xid)
RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
BEGIN
  CASE relation
    WHEN 1 THEN RETURN kafkabridge.insert_16384(images, first, last, tick, writer, me);
    WHEN 2 THEN RETURN kafkabridge.insert_16390(images, first, last, tick, writer, me);
    ELSE RAISE EXCEPTION 'no table has the number %', relation;
  END CASE;
END
$kafkabridge$;
