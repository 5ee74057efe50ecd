CREATE OR REPLACE FUNCTION kafkabridge.apply_16384(text, text, text, integer, bigint, integer, integer, integer, pg_lsn, xid, timestamptz, xid, timestamptz, bigint[], bigint[], integer, integer, oid[])
RETURNS integer LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  op ALIAS FOR $1;
  image ALIAS FOR $2;
  unchanged ALIAS FOR $3;
  ordinal ALIAS FOR $4;
  tick ALIAS FOR $5;
  writer ALIAS FOR $6;
  own ALIAS FOR $7;
  epoch ALIAS FOR $8;
  lsn ALIAS FOR $9;
  source_xid ALIAS FOR $10;
  source_time ALIAS FOR $11;
  me ALIAS FOR $12;
  adopted_at ALIAS FOR $13;
  vector ALIAS FOR $14;
  known_at ALIAS FOR $15;
  base ALIAS FOR $16;
  width ALIAS FOR $17;
  origins ALIAS FOR $18;
  n "public"."Odd ""orders""";
  held_xmin xid; held_at timestamptz; held_by integer; held_tick bigint; held_writer integer; held_epoch integer; held_lsn pg_lsn;
  is_raw boolean; is_own boolean; is_rewritten boolean; is_unknown boolean; wins boolean; outcome integer := 0;
  try_insert boolean := v.op = 'c' AND v.writer <> v.own AND COALESCE(pg_catalog.strpos(v.unchanged, '1'), 0) = 0;
BEGIN
  IF v.op = 't' THEN
    PERFORM kafkabridge.conflict_16384('truncate_differs', CASE WHEN ROW(h.tick, h.writer) <= ROW(v.tick, v.writer) THEN 'apply_remote' ELSE 'keep_local' END, v.op, h.image, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, h.tick, h.writer, h.epoch, h.lsn, h.row_xmin, h.at)
    FROM (
      SELECT ROW(t.*)::"public"."Odd ""orders""" AS image, t.xmin AS row_xmin,
        COALESCE(o.commit_time, c."timestamp") AS at, o.epoch, o.commit_lsn AS lsn,
        COALESCE(o.tick, kafkabridge.tick(c."timestamp")) AS tick, COALESCE(o.writer, g.writer, v.own) AS writer
      FROM ONLY "public"."Odd ""orders""" AS t
      LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
      LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin
      LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16384 AND w.row_xmin = t.xmin
      WHERE t.xmin <> v.me AND (v.writer <> v.own OR g.writer IS NOT NULL) AND (o.tick IS NOT NULL OR NOT (w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at)))) AS h
    WHERE h.writer <> v.writer AND kafkabridge.concurrent(h.tick, h.writer, v.vector, v.known_at, v.base, v.width)
    LIMIT 1000;
    IF FOUND THEN
      v.outcome := 2;
    END IF;
    IF EXISTS (
      SELECT FROM ONLY "public"."Odd ""orders""" AS t
      LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
      LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin
      LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16384 AND w.row_xmin = t.xmin
      WHERE CASE WHEN c."timestamp" IS NULL AND o.tick IS NULL AND w.relid IS NULL
          AND t.xmin <> v.me AND (v.writer <> v.own OR t.xmin <> v.source_xid)
        THEN kafkabridge.is_unknown(t.xmin, CASE WHEN v.writer <> v.own THEN v.tick END) ELSE false END) THEN
      RAISE EXCEPTION 'table % was truncated, and of some of its rows it is not known whether they are later: commit times were lost. '
        'Delete here those that shall go, and write the others once more', '16384'::regclass
        USING ERRCODE = '55000';
    END IF;
    INSERT INTO kafkabridge.table_tombstone AS d (relid, tick, writer, epoch, commit_lsn, ordinal)
    VALUES (16384, v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
    ON CONFLICT ON CONSTRAINT table_tombstone_pkey DO UPDATE SET
      tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
      commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal
    WHERE ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) < ROW(EXCLUDED.tick, EXCLUDED.writer, EXCLUDED.epoch, EXCLUDED.commit_lsn, EXCLUDED.ordinal);
    INSERT INTO kafkabridge.parent_delete (relid, op, writer, epoch, commit_lsn, ordinal, tick, source_xid, source_time, image)
    VALUES (16384, 't', v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, v.image);
    DELETE FROM ONLY "public"."Odd ""orders""" AS t WHERE t.xmin = v.me OR (
      SELECT CASE
        WHEN v.writer = v.own AND (g.writer IS NULL AND w.relid IS NULL OR COALESCE(o.raw_before > v.lsn, false) OR g.writer IS NULL AND (w.relid IS NULL OR w.wal_before <= v.lsn) AND (t.xmin = v.source_xid OR c."timestamp" = v.source_time)
              OR COALESCE(o.raw_before > v.lsn AND o.commit_time = v.source_time, false)) THEN false
        WHEN o.tick IS NOT NULL THEN ROW(o.tick, o.writer) <= ROW(v.tick, v.writer)
        WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN true
        ELSE ROW(kafkabridge.tick(c."timestamp"), COALESCE(g.writer, v.own)) <= ROW(v.tick, v.writer) END
      FROM pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
      LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin
      LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16384 AND w.row_xmin = t.xmin);
    RETURN v.outcome;
  END IF;
  n := v.image::"public"."Odd ""orders""";
  IF v.op = 'v' THEN
    -- An earlier own transaction's; the row is not its any more.
    DELETE FROM kafkabridge.row_version AS o USING ONLY "public"."Odd ""orders""" AS t
    WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin AND o.writer = v.own
      AND o.tick <= v.tick;
    INSERT INTO kafkabridge.row_version AS o (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time)
    SELECT 16384, ROW(t."id", t."line")::text, t.xmin, v.tick, v.writer, v.epoch, v.lsn, v.ordinal, v.source_time
    FROM ONLY "public"."Odd ""orders""" AS t
    WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND CASE WHEN t.xmin <> v.me THEN kafkabridge.is_lost_own(t.xmin, v.source_xid, v.tick) ELSE false END
    ON CONFLICT ON CONSTRAINT row_version_pkey DO UPDATE SET
        row_xmin = EXCLUDED.row_xmin, tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
        commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal, commit_time = EXCLUDED.commit_time,
        raw_before = EXCLUDED.raw_before;
    RETURN 1;
  END IF;
  IF v.op = 'u' AND v.unchanged IS NULL AND v.writer <> v.own THEN
    IF v.origins IS NOT NULL THEN
      UPDATE ONLY "public"."Odd ""orders""" AS t SET "line" = v.n."line", "tick" = v.n."tick" WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND (t.xmin = v.me OR (
            SELECT ((c.o)."timestamp" IS NULL AND NOT kafkabridge.is_unknown(t.xmin, v.tick))
              OR ((c.o).roident = 0 AND (c.o)."timestamp" < v.adopted_at)
              OR (kafkabridge.tick((c.o)."timestamp") <= v.tick
                  AND (c.o).roident = ANY (v.origins))
            FROM (SELECT pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS o OFFSET 0) AS c));
    ELSE
      UPDATE ONLY "public"."Odd ""orders""" AS t SET "line" = v.n."line", "tick" = v.n."tick" WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND (t.xmin = v.me OR (
            SELECT ((c.o)."timestamp" IS NULL AND NOT kafkabridge.is_unknown(t.xmin, v.tick))
              OR ((c.o).roident = 0 AND (c.o)."timestamp" < v.adopted_at)
              OR (kafkabridge.tick((c.o)."timestamp") <= v.tick
                  AND (c.o).roident = ANY (ARRAY(SELECT g.roident FROM kafkabridge.origin AS g WHERE g.writer = v.writer)))
            FROM (SELECT pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS o OFFSET 0) AS c))
          AND (NOT EXISTS (SELECT FROM kafkabridge.row_version AS o WHERE o.relid = 16384)
            OR NOT EXISTS (SELECT FROM kafkabridge.row_version AS o
                           WHERE o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin));
    END IF;
    IF FOUND THEN
      RETURN 0;
    END IF;
  END IF;
  LOOP
    IF v.try_insert THEN
      IF v.origins IS NOT NULL THEN
        INSERT INTO "public"."Odd ""orders""" AS t ("id", "line", "tick") OVERRIDING SYSTEM VALUE
        SELECT v.n."id", v.n."line", v.n."tick"
        WHERE NOT EXISTS (SELECT FROM kafkabridge.tombstone_16384 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id" AND d.k2 OPERATOR(pg_catalog.=) v.n."line" AND ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) > ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal))
        ON CONFLICT ("id", "line") DO NOTHING;
      ELSE
        INSERT INTO "public"."Odd ""orders""" AS t ("id", "line", "tick") OVERRIDING SYSTEM VALUE
        SELECT v.n."id", v.n."line", v.n."tick"
        WHERE NOT EXISTS (SELECT FROM kafkabridge.tombstone_16384 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id" AND d.k2 OPERATOR(pg_catalog.=) v.n."line" AND ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) > ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal)) AND NOT EXISTS (SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = 16384 AND ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) > ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal))
        ON CONFLICT ("id", "line") DO NOTHING;
      END IF;
      IF FOUND THEN
        DELETE FROM kafkabridge.tombstone_16384 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id" AND d.k2 OPERATOR(pg_catalog.=) v.n."line"
        RETURNING d.tick, d.writer, d.epoch, d.commit_lsn INTO v.held_tick, v.held_writer, v.held_epoch, v.held_lsn;
        IF FOUND AND v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width) THEN
          PERFORM kafkabridge.conflict_16384(CASE WHEN v.op = 'd' THEN 'delete_missing' WHEN v.op = 'u' OR v.ordinal % 2 = 1 THEN 'update_deleted' ELSE 'insert_deleted' END, 'apply_remote', v.op, v.n, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, NULL, NULL);
          RETURN 2;
        END IF;
        RETURN 0;
      END IF;
    END IF;

    SELECT t.xmin, COALESCE(o.commit_time, c."timestamp"), g.writer, o.tick, o.writer, o.epoch, o.commit_lsn,
      g.writer IS NULL AND w.relid IS NULL OR COALESCE(o.raw_before > v.lsn, false),
      g.writer IS NULL AND (w.relid IS NULL OR w.wal_before <= v.lsn) AND (t.xmin = v.source_xid OR c."timestamp" = v.source_time)
        OR COALESCE(o.raw_before > v.lsn AND o.commit_time = v.source_time, false),
      w.relid IS NOT NULL
    INTO v.held_xmin, v.held_at, v.held_by, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.is_raw, v.is_own, v.is_rewritten
    FROM ONLY "public"."Odd ""orders""" AS t
    LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
    LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
    LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin
    LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16384 AND w.row_xmin = t.xmin
    WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line";

    IF NOT FOUND THEN
      SELECT d.tick, d.writer, d.epoch, d.commit_lsn, ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) <= ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
      INTO v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.wins FROM (
        SELECT d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal FROM kafkabridge.tombstone_16384 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id" AND d.k2 OPERATOR(pg_catalog.=) v.n."line"
        UNION ALL
        SELECT d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal FROM kafkabridge.table_tombstone AS d
        WHERE d.relid = 16384) AS d
      ORDER BY ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) DESC LIMIT 1;
      IF FOUND AND (v.op = 'd' OR NOT v.wins) THEN
        v.outcome := CASE WHEN v.op = 'd' THEN 0 ELSE 1 END;
        IF v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width) THEN
          PERFORM kafkabridge.conflict_16384(CASE WHEN v.op = 'd' THEN 'delete_missing' WHEN v.op = 'u' OR v.ordinal % 2 = 1 THEN 'update_deleted' ELSE 'insert_deleted' END, CASE WHEN v.wins THEN 'apply_remote' ELSE 'keep_local' END, v.op, v.n, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, NULL, NULL);
          v.outcome := CASE WHEN v.wins THEN 2 ELSE 3 END;
        END IF;
        EXIT;
      END IF;
      EXIT WHEN v.op = 'd';
      IF pg_catalog.strpos(v.unchanged, '1') > 0 THEN
        -- The writer's own row was gone when its unchanged values were to be read: the delete above this version follows.
        RETURN 1;
      END IF;
      v.try_insert := true;
      CONTINUE;
    END IF;

    is_unknown := false;
    IF v.held_tick IS NULL THEN
      IF v.held_at IS NULL OR v.is_rewritten OR (v.held_by IS NULL AND v.held_at < v.adopted_at) THEN
        v.held_tick := 0; v.held_writer := -1;
        IF v.held_at IS NULL AND NOT v.is_rewritten AND v.held_xmin <> v.me AND (v.writer <> v.own OR v.is_own IS NOT TRUE) THEN
          is_unknown := kafkabridge.is_unknown(v.held_xmin, CASE WHEN v.writer <> v.own THEN v.tick END);
          is_raw := v.is_raw AND NOT v.is_unknown;
        END IF;
      ELSE
        v.held_tick := kafkabridge.tick(v.held_at); v.held_writer := COALESCE(v.held_by, v.own);
      END IF;
    END IF;

    IF v.held_xmin = v.me THEN
      v.wins := true;
    ELSIF v.writer = v.own AND (v.is_raw OR v.is_own) THEN
      -- This node's own row as a user wrote it is never touched; a lifted transaction's gets its version noted.
      IF v.op = 'd' THEN
        EXIT;
      END IF;
      IF v.is_own THEN
        INSERT INTO kafkabridge.row_version AS o (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time, raw_before)
        SELECT 16384, ROW(t."id", t."line")::text, t.xmin, v.tick, v.writer, v.epoch, v.lsn, v.ordinal, o.commit_time, o.raw_before
        FROM ONLY "public"."Odd ""orders""" AS t
        LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
        LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
        LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin
        LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16384 AND w.row_xmin = t.xmin
        WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND t.xmin = v.held_xmin
        ON CONFLICT ON CONSTRAINT row_version_pkey DO UPDATE SET
            row_xmin = EXCLUDED.row_xmin, tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
            commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal, commit_time = EXCLUDED.commit_time,
            raw_before = EXCLUDED.raw_before;
        RETURN 0;
      END IF;
      RETURN 1;
    ELSE
      v.wins := NOT v.is_unknown AND (v.tick > v.held_tick OR (v.tick = v.held_tick AND v.writer >= v.held_writer));
      IF v.outcome = 0 AND (v.is_unknown OR v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width)) THEN
        -- The row is locked from here on. It was written again since it was read: read again, decide again.
        CONTINUE WHEN NOT kafkabridge.conflict_16384(CASE WHEN v.is_unknown THEN 'version_unknown' WHEN v.op = 'd' AND v.wins THEN 'delete_origin_differs' WHEN v.op = 'd' THEN 'delete_exists' WHEN v.op = 'u' THEN 'update_origin_differs' WHEN v.ordinal % 2 = 1 THEN 'update_exists' ELSE 'insert_exists' END, CASE WHEN v.wins THEN 'apply_remote' ELSE 'keep_local' END, v.op, v.n, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.held_xmin, v.held_at);
        v.outcome := 2;
      END IF;
      IF NOT v.wins THEN
        v.outcome := CASE v.outcome WHEN 2 THEN 3 ELSE 1 END;
        EXIT;
      END IF;
    END IF;

    -- No row touched doesn't mean that it is gone: read again, decide again.
    IF v.op = 'd' THEN
      DELETE FROM ONLY "public"."Odd ""orders""" AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND t.xmin = v.held_xmin;
      EXIT WHEN FOUND;
    ELSIF v.unchanged IS NULL THEN
      UPDATE ONLY "public"."Odd ""orders""" AS t SET "line" = v.n."line", "tick" = v.n."tick" WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND t.xmin = v.held_xmin;
      IF FOUND THEN
        RETURN v.outcome;
      END IF;
    ELSE
      UPDATE ONLY "public"."Odd ""orders""" AS t SET "line" = CASE WHEN pg_catalog.substr(v.unchanged, 2, 1) = '0' THEN v.n."line" ELSE t."line" END, "tick" = CASE WHEN pg_catalog.substr(v.unchanged, 3, 1) = '0' THEN v.n."tick" ELSE t."tick" END WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t."line" OPERATOR(pg_catalog.=) v.n."line" AND t.xmin = v.held_xmin;
      IF FOUND THEN
        RETURN v.outcome;
      END IF;
    END IF;
  END LOOP;

  IF v.op = 'd' THEN
    INSERT INTO kafkabridge.tombstone_16384 AS d (k1, k2, tick, writer, epoch, commit_lsn, ordinal)
    VALUES (v.n."id", v.n."line", v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
    ON CONFLICT ON CONSTRAINT tombstone_16384_key DO UPDATE SET
      tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
      commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal
    WHERE ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) < ROW(EXCLUDED.tick, EXCLUDED.writer, EXCLUDED.epoch, EXCLUDED.commit_lsn, EXCLUDED.ordinal);
    INSERT INTO kafkabridge.parent_delete (relid, op, writer, epoch, commit_lsn, ordinal, tick, source_xid, source_time, image)
    VALUES (16384, 'd', v.writer, v.epoch, v.lsn, v.ordinal, v.tick, v.source_xid, v.source_time, v.image);
  END IF;
  RETURN v.outcome;
END v
$kafkabridge$;
