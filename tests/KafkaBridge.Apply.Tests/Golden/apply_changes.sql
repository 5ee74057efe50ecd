CREATE OR REPLACE FUNCTION kafkabridge.apply_changes(
  first integer, last integer, c_table integer[], c_op text[], c_row text[], c_unchanged text[], c_ordinal integer[],
  tick bigint, writer integer, own integer, epoch integer, lsn pg_lsn, source_xid xid, source_time timestamptz,
  adopted_at timestamptz, vector bigint[], known_at bigint[], base integer, width integer, c_run integer[],
  origins oid[])
RETURNS bigint LANGUAGE plpgsql AS $kafkabridge$
-- The lower 32 bits count changes that were done, the upper ones conflicts.
DECLARE
  me xid := pg_catalog.pg_current_xact_id()::xid;
  i integer := first;
  run integer;
  outcome integer;
  counts bigint := 0;
  rest integer[];
BEGIN
  WHILE i <= last LOOP
    IF writer <> own AND i < last AND c_run[i] > i THEN
      run := LEAST(c_run[i], last);
      rest := kafkabridge.apply_run(c_table[i], c_op, c_row, c_ordinal, i, run, tick, writer, epoch,
        ARRAY[lsn::text], ARRAY[last], me, adopted_at);
      counts := counts + (run - i + 1) - pg_catalog.cardinality(rest);
      FOR place IN 1 .. pg_catalog.cardinality(rest) LOOP
        counts := counts + kafkabridge.apply_changes(rest[place], rest[place], c_table, c_op, c_row, c_unchanged, c_ordinal,
          tick, writer, own, epoch, lsn, source_xid, source_time, adopted_at, vector, known_at, base, width, c_run, origins);
      END LOOP;
      i := run + 1;
      CONTINUE;
    END IF;
    CASE c_table[i]
      WHEN 1 THEN outcome := kafkabridge.apply_16384(c_op[i], c_row[i], c_unchanged[i], c_ordinal[i], tick, writer, own, epoch, lsn, source_xid, source_time, me, adopted_at, vector, known_at, base, width, origins);
      WHEN 2 THEN outcome := kafkabridge.apply_16390(c_op[i], c_row[i], c_unchanged[i], c_ordinal[i], tick, writer, own, epoch, lsn, source_xid, source_time, me, adopted_at, vector, known_at, base, width, origins);
      ELSE RAISE EXCEPTION 'no table has the number %', c_table[i];
    END CASE;
    counts := counts + CASE outcome WHEN 0 THEN 1 WHEN 2 THEN 4294967297 WHEN 3 THEN 4294967296 ELSE 0 END;
    i := i + 1;
  END LOOP;
  RETURN counts;
END
$kafkabridge$;
