using System.Globalization;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// The function that applies a stretch of changes and the procedure that applies a batch of source transactions, each in
/// a local transaction of its own. Neither has a SET clause or SECURITY DEFINER: both would forbid COMMIT.
/// </summary>
public static class BatchFunctions
{
    /// <summary>
    /// What both take at last, in the order of <c>ChangeArrays</c>: of the transactions, by their number; then the changes, those of a tick
    /// one after the other, each with the number of its transaction and of the last change of its run.
    /// </summary>
    static readonly (string Name, string Type)[] ArrayParameters =
    [
        ("t_lsn", "pg_lsn[]"), ("t_source_time", "timestamptz[]"), ("t_xid", "xid[]"), ("vector", "bigint[]"), ("known_at", "bigint[]"),
        ("width", "integer"), ("c_transaction", "integer[]"), ("c_table", "integer[]"), ("c_op", "\"char\"[]"), ("c_row", "text[]"),
        ("c_unchanged", "text[]"), ("c_ordinal", "integer[]"), ("c_run", "integer[]"),
    ];

    static string Arrays => Listed(one => $"{one.Name} {one.Type}");

    static string ArrayNames => Listed(one => one.Name);

    /// <param name="tables">A table's number in the arrays is its place here, from 1.</param>
    public static string ApplyChanges(IReadOnlyList<TableSql> tables) =>
        $"""
        CREATE OR REPLACE FUNCTION kafkabridge.apply_changes(
          first integer, last integer, tick bigint, writer integer, own integer, epoch integer, adopted_at timestamptz, origins oid[],
          fresh boolean, {TableFunctions.Indent(Arrays, 2)})
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
                  fresh, {TableFunctions.Indent(ArrayNames, 10)});
              END LOOP;
              i := c_run[i] + 1;
              CONTINUE;
            END IF;
            IF t IS DISTINCT FROM c_transaction[i] THEN
              t := c_transaction[i]; lsn := t_lsn[t]; source_xid := t_xid[t];
            END IF;
            relation := c_table[i];
            {TableFunctions.Indent(TableSwitch.Of("relation", [.. tables.Select(Apply)]), 4)}
            counts := counts + CASE outcome WHEN 0 THEN 1 WHEN 2 THEN 4294967297 WHEN 3 THEN 4294967296 ELSE 0 END;
            i := i + 1;
          END LOOP;
          RETURN counts;
        END
        $kafkabridge$;
        """;

    /// <param name="settles">Some table's rows claim values besides their key, so that a transaction may have hidden some.</param>
    public static string ApplyBatch(bool settles) => settles
        ? Batch.Replace(
            BeforePosition,
            "      PERFORM kafkabridge.settle(\n"
                + "        t_tick[t], writer, own, t_time[through], adopted_at, pg_catalog.pg_current_xact_id()::xid);\n"
                + BeforePosition,
            StringComparison.Ordinal)
        : Batch;

    const string BeforePosition = "    UPDATE kafkabridge.position AS p\n";

    static readonly string Batch =
        $$"""
        CREATE OR REPLACE PROCEDURE kafkabridge.apply_batch(
          INOUT done integer, INOUT state text, INOUT counts bigint,
          writer integer, own integer, epoch integer, after_epoch integer, after_lsn pg_lsn, adopted_at timestamptz,
          forced integer, durable boolean, fresh boolean,
          t_time timestamptz[], t_tick bigint[], t_offset bigint[], t_last integer[],
          {{TableFunctions.Indent(Arrays, 2)}})
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
              fresh, {{TableFunctions.Indent(ArrayNames, 6)}});
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
        """;

    static string Apply(TableSql table) => string.Create(CultureInfo.InvariantCulture,
        $"outcome := kafkabridge.apply_{table.Oid}(c_op[i], c_row[i], c_unchanged[i], c_ordinal[i], tick, writer, own, epoch, lsn, "
        + $"source_xid, t_source_time[t], me, adopted_at, vector, known_at, (t - 1) * width, width, origins);");

    static string Listed(Func<(string Name, string Type), string> text) =>
        string.Join(",\n", ArrayParameters.Chunk(6).Select(some => string.Join(", ", some.Select(text))));
}
