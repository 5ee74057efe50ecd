CREATE OR REPLACE PROCEDURE kafkabridge.apply_batch(
  INOUT done integer, INOUT state text, INOUT counts bigint,
  writer integer, own integer, epoch integer, after_epoch integer, after_lsn pg_lsn, adopted_at timestamptz,
  forced integer, durable boolean,
  t_lsn text[], t_time timestamptz[], t_source_time timestamptz[], t_tick bigint[], t_offset bigint[], t_xid text[],
  t_last integer[], vector bigint[], known_at bigint[], width integer,
  c_table integer[], c_op text[], c_row text[], c_unchanged text[], c_ordinal integer[], c_run integer[])
LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_variable
DECLARE
  first integer := 1;
  held_epoch integer := after_epoch;
  held_lsn pg_lsn := after_lsn;
  -- Where the position row is: an index leads through all its versions, and while anybody's snapshot is open none of them goes.
  row_at tid := NULLIF(pg_catalog.current_setting('kafkabridge.position_at', true), '')::tid;
  lsn pg_lsn;
  through integer := 0; -- the last transaction of the tick at hand
  ahead integer := 0; -- the last change that is done in advance
  rest integer[];
  at integer;
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
  FOR t IN 1 .. pg_catalog.cardinality(t_lsn) LOOP
    lsn := t_lsn[t]::pg_lsn;
    IF t > through THEN
      -- A tick that is not strictly past by this server's clock has to wait.
      IF t > forced AND t_tick[t] >= kafkabridge.tick(pg_catalog.clock_timestamp()) THEN
        state := 'wait';
        EXIT;
      END IF;
      -- Transactions of one tick have one version: they share a local transaction, in their order.
      through := t;
      WHILE t_tick[through + 1] = t_tick[t] LOOP
        through := through + 1;
      END LOOP;
      PERFORM pg_catalog.pg_replication_origin_xact_setup(lsn, t_time[t]);
    END IF;
    IF writer <> own AND ahead < first AND t < through AND first <= t_last[t] AND c_run[first] > t_last[t] THEN
      ahead := c_run[first];
      rest := kafkabridge.apply_run(c_table[first], c_op, c_row, c_ordinal, first, ahead, t_tick[t], writer, epoch,
        t_lsn, t_last, pg_catalog.pg_current_xact_id()::xid, adopted_at);
      counts := counts + (ahead - first + 1) - pg_catalog.cardinality(rest);
      at := t;
      FOR place IN 1 .. pg_catalog.cardinality(rest) LOOP
        WHILE t_last[at] < rest[place] LOOP
          at := at + 1;
        END LOOP;
        counts := counts + kafkabridge.apply_changes(rest[place], rest[place], c_table, c_op, c_row, c_unchanged, c_ordinal,
          t_tick[at], writer, own, epoch, t_lsn[at]::pg_lsn, t_xid[at]::xid, t_source_time[at], adopted_at,
          vector, known_at, (at - 1) * width, width, c_run, origins);
      END LOOP;
    END IF;
    IF ahead < t_last[t] THEN
      counts := counts + kafkabridge.apply_changes(GREATEST(first, ahead + 1), t_last[t],
        c_table, c_op, c_row, c_unchanged, c_ordinal, t_tick[t], writer, own, epoch, lsn, t_xid[t]::xid, t_source_time[t],
        adopted_at, vector, known_at, (t - 1) * width, width, c_run, origins);
    END IF;
    first := t_last[t] + 1;
    CONTINUE WHEN t < through;
    -- To look by the index takes from the page what nobody sees any more. The row stays at 64 then: next time it comes by 65.
    IF (row_at::text::point)[1] IN (64, 65) THEN
      PERFORM FROM kafkabridge.position AS p WHERE p.writer = apply_batch.writer;
    END IF;
    UPDATE kafkabridge.position AS p
    SET epoch = apply_batch.epoch, commit_lsn = lsn, tick = t_tick[t], spine_offset = t_offset[t]
    WHERE p.ctid = row_at AND p.writer = apply_batch.writer AND p.epoch = held_epoch AND p.commit_lsn = held_lsn
    RETURNING p.ctid INTO row_at;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the position of origin % is no longer %', writer, held_lsn USING ERRCODE = 'serialization_failure';
    END IF;
    IF durable AND t = pg_catalog.cardinality(t_lsn) THEN
      PERFORM pg_catalog.set_config('synchronous_commit', 'on', true);
    END IF;
    COMMIT;
    done := t; held_epoch := epoch; held_lsn := lsn;
  END LOOP;
  PERFORM pg_catalog.set_config('kafkabridge.position_at', row_at::text, false);
END
$kafkabridge$;
