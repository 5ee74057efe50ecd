  ELSIF v.op IN ('o', 'w') THEN
    INSERT INTO kafkabridge.parent_delete (relid, op, writer, epoch, commit_lsn, ordinal, tick, source_xid, source_time, image)
    VALUES (16500, v.op, v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, v.image);
    IF v.op = 'w' AND v.writer = v.own THEN
      -- The user who wrote the key anew did not see the row that waited.
      n := v.image::"public"."shop";
      WITH gone AS (
        DELETE FROM kafkabridge.hidden_16500 AS t
        WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND ROW(t.kafkabridge_tick, t.kafkabridge_writer) < ROW(v.tick, v.writer)
          AND NOT COALESCE(t.kafkabridge_raw_before > v.lsn, false)
        RETURNING ROW(t."id", t."code", t."parent")::"public"."shop" AS image)
      INSERT INTO kafkabridge.parent_delete (relid, op, writer, epoch, commit_lsn, ordinal, tick, source_xid, source_time, image)
      SELECT 16500, 'o', v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, gone.image::text FROM gone;
    VALUES (16500, 't', v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, v.image);
    WITH gone AS (
      DELETE FROM ONLY "public"."shop" AS t WHERE t.xmin = v.me OR (
        SELECT CASE
          WHEN v.writer = v.own AND (g.writer IS NULL AND w.relid IS NULL OR COALESCE(o.raw_before > v.lsn, false) OR g.writer IS NULL AND (w.relid IS NULL OR w.wal_before <= v.lsn) AND (t.xmin = v.source_xid OR c."timestamp" = v.source_time)
                OR COALESCE(o.raw_before > v.lsn AND o.commit_time = v.source_time, false)) THEN false
          WHEN o.tick IS NOT NULL THEN ROW(o.tick, o.writer) <= ROW(v.tick, v.writer)
          WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN true
          ELSE ROW(kafkabridge.tick(c."timestamp"), COALESCE(g.writer, v.own)) <= ROW(v.tick, v.writer) END
        FROM pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c
        LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
        LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16500 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
        LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16500 AND w.row_xmin = t.xmin)
      RETURNING ROW(t."id", t."code", t."parent")::"public"."shop" AS image)
    INSERT INTO kafkabridge.parent_delete (relid, op, writer, epoch, commit_lsn, ordinal, tick, source_xid, source_time, image, looked)
    SELECT 16500, 'r', v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, gone.image::text, true FROM gone;
      DELETE FROM kafkabridge.hidden_16500 AS t
      WHERE ROW(t.kafkabridge_tick, t.kafkabridge_writer) <= ROW(v.tick, v.writer)
        AND NOT (v.writer = v.own AND COALESCE(t.kafkabridge_raw_before > v.lsn, false))
      DELETE FROM kafkabridge.hidden_16500 AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id"
    SELECT 16500, 'o', v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, gone.image::text FROM gone WHERE NOT v.is_hidden OR v.op = 'c' AND NOT (v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width));
      IF v.op = 'c' AND NOT (v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width)) THEN
        INSERT INTO kafkabridge.parent_delete (relid, op, writer, epoch, commit_lsn, ordinal, tick, source_xid, source_time, image)
        VALUES (16500, 'o', v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, v.h::text);
    VALUES (16500, 'd', v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, v.image);
