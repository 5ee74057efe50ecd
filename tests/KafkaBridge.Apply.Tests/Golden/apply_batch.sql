CREATE OR REPLACE PROCEDURE kafkabridge.apply_batch(
  INOUT done integer, INOUT state text, INOUT counts bigint,
  writer integer, own integer, epoch integer, after_epoch integer, after_lsn pg_lsn, adopted_at timestamptz,
  forced integer, durable boolean, fresh boolean,
  t_time timestamptz[], t_tick bigint[], t_offset bigint[], t_last integer[],
  t_lsn pg_lsn[], t_source_time timestamptz[], t_xid xid[], vector bigint[], known_at bigint[], width integer,
  c_transaction integer[], c_table integer[], c_op "char"[], c_row text[], c_unchanged text[], c_ordinal integer[],
  c_run integer[])
LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_variable
DECLARE
  first integer := 1;
  held_epoch integer := after_epoch;
  held_lsn pg_lsn := after_lsn;
  -- Where the position row is: an index leads through all its versions, and while anybody's snapshot is open none of them goes.
  row_at tid := NULLIF(pg_catalog.current_setting('kafkabridge.position_at', true), '')::tid;
  t integer := 1;
  through integer; -- the last transaction of the tick at hand
  -- What marks the writer's rows; null where some row has an override or some table a tombstone. None comes of a row or table
  -- of this batch meanwhile, but by the batch itself.
  origins oid[] := CASE WHEN NOT EXISTS (SELECT FROM kafkabridge.row_version)
      AND NOT EXISTS (SELECT FROM kafkabridge.table_tombstone)
    THEN ARRAY(SELECT g.roident FROM kafkabridge.origin AS g WHERE g.writer = apply_batch.writer) END;
BEGIN
  done := 0; counts := 0; state := 'done';
  SELECT p.ctid INTO row_at FROM kafkabridge.position AS p
  WHERE p.ctid = row_at AND p.writer = apply_batch.writer AND p.epoch = held_epoch AND p.commit_lsn = held_lsn;
  IF NOT FOUND THEN
    SELECT p.ctid INTO row_at FROM kafkabridge.position AS p
    WHERE p.writer = apply_batch.writer AND p.epoch = held_epoch AND p.commit_lsn = held_lsn;
  END IF;
  IF NOT FOUND THEN
    state := 'moved';
    RETURN;
  END IF;
  WHILE t <= pg_catalog.cardinality(t_lsn) LOOP
    -- A tick that is not strictly past by this server's clock has to wait.
    IF t > forced AND t_tick[t] >= kafkabridge.tick(pg_catalog.clock_timestamp()) THEN
      state := 'wait';
      EXIT;
    END IF;
    -- Transactions of one tick have one version: they share a local transaction.
    through := t;
    WHILE t_tick[through + 1] = t_tick[t] LOOP
      through := through + 1;
    END LOOP;
    PERFORM pg_catalog.pg_replication_origin_xact_setup(t_lsn[t], t_time[t]);
    counts := counts + kafkabridge.apply_changes(first, t_last[through], t_tick[t], writer, own, epoch, adopted_at, origins,
      fresh, t_lsn, t_source_time, t_xid, vector, known_at, width,
      c_transaction, c_table, c_op, c_row, c_unchanged, c_ordinal,
      c_run);
    first := t_last[through] + 1;
    -- To look by the index takes from the page what nobody sees any more. The row stays at 64 then: next time it comes by 65.
    IF (row_at::text::point)[1] IN (64, 65) THEN
      PERFORM FROM kafkabridge.position AS p WHERE p.writer = apply_batch.writer;
    END IF;
    UPDATE kafkabridge.position AS p
    SET epoch = apply_batch.epoch, commit_lsn = t_lsn[through], tick = t_tick[t], spine_offset = t_offset[through]
    WHERE p.ctid = row_at AND p.writer = apply_batch.writer AND p.epoch = held_epoch AND p.commit_lsn = held_lsn
    RETURNING p.ctid INTO row_at;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the position of origin % is no longer %', writer, held_lsn USING ERRCODE = 'serialization_failure';
    END IF;
    PERFORM kafkabridge.mark_applied(
      writer, epoch, t_lsn[through], t_tick[t], held_epoch, held_lsn, t_time[t]);
    IF durable AND through = pg_catalog.cardinality(t_lsn) THEN
      PERFORM pg_catalog.set_config('synchronous_commit', 'on', true);
    END IF;
    IF fresh THEN -- what is read where a later tick fails
      PERFORM pg_catalog.set_config(
        'kafkabridge.reached', pg_catalog.concat_ws(' ', after_epoch, after_lsn, through, counts), false);
    END IF;
    COMMIT;
    done := through; held_epoch := epoch; held_lsn := t_lsn[through]; t := through + 1;
  END LOOP;
  PERFORM pg_catalog.set_config('kafkabridge.position_at', row_at::text, false);
END
$kafkabridge$;
