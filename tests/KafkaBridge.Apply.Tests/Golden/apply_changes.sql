CREATE OR REPLACE FUNCTION kafkabridge.apply_changes(
  first integer, last integer, tick bigint, writer integer, own integer, epoch integer, adopted_at timestamptz, origins oid[],
  fresh boolean, t_lsn pg_lsn[], t_source_time timestamptz[], t_xid xid[], vector bigint[], known_at bigint[], width integer,
  c_transaction integer[], c_table integer[], c_op "char"[], c_row text[], c_unchanged text[], c_ordinal integer[],
  c_run integer[])
RETURNS bigint LANGUAGE plpgsql AS $kafkabridge$
-- The lower 32 bits count changes that were done, the upper ones conflicts.
DECLARE
  me xid := pg_catalog.pg_current_xact_id()::xid;
  i integer := first;
  t integer; -- the transaction at hand
  lsn pg_lsn;
  source_xid xid;
  relation integer;
  outcome integer;
  counts bigint := 0;
  rest integer[];
BEGIN
  WHILE i <= last LOOP
    IF i < last AND c_run[i] > i THEN
      rest := kafkabridge.apply_run(c_table[i], c_op, c_row, c_ordinal, i, c_run[i], tick, writer, epoch,
        t_lsn, c_transaction, me, adopted_at, origins, fresh);
      counts := counts + (c_run[i] - i + 1) - pg_catalog.cardinality(rest);
      FOR place IN 1 .. pg_catalog.cardinality(rest) LOOP
        counts := counts + kafkabridge.apply_changes(rest[place], rest[place], tick, writer, own, epoch, adopted_at, origins,
          fresh, t_lsn, t_source_time, t_xid, vector, known_at, width,
          c_transaction, c_table, c_op, c_row, c_unchanged, c_ordinal,
          c_run);
      END LOOP;
      i := c_run[i] + 1;
      CONTINUE;
    END IF;
    IF t IS DISTINCT FROM c_transaction[i] THEN
      t := c_transaction[i]; lsn := t_lsn[t]; source_xid := t_xid[t];
    END IF;
    relation := c_table[i];
    CASE relation
      WHEN 1 THEN outcome := kafkabridge.apply_16384(c_op[i], c_row[i], c_unchanged[i], c_ordinal[i], tick, writer, own, epoch, lsn, source_xid, t_source_time[t], me, adopted_at, vector, known_at, (t - 1) * width, width, origins);
      WHEN 2 THEN outcome := kafkabridge.apply_16390(c_op[i], c_row[i], c_unchanged[i], c_ordinal[i], tick, writer, own, epoch, lsn, source_xid, t_source_time[t], me, adopted_at, vector, known_at, (t - 1) * width, width, origins);
      ELSE RAISE EXCEPTION 'no table has the number %', relation;
    END CASE;
    counts := counts + CASE outcome WHEN 0 THEN 1 WHEN 2 THEN 4294967297 WHEN 3 THEN 4294967296 ELSE 0 END;
    i := i + 1;
  END LOOP;
  RETURN counts;
END
$kafkabridge$;
