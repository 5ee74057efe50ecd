CREATE OR REPLACE FUNCTION kafkabridge.apply_16400(text, text, text, integer, bigint, integer, integer, integer, pg_lsn, xid, timestamptz, xid, timestamptz, bigint[], bigint[], integer, integer, oid[])
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
  n "public"."seat"; h "public"."seat"; claimants tid[]; is_hidden boolean;
  is_raw boolean; is_own boolean; is_rewritten boolean := false; is_unknown boolean;
  held_xmin xid; held_at timestamptz; held_by integer; held_tick bigint; held_writer integer; held_epoch integer;
  held_lsn pg_lsn; held_xid xid; wins boolean; outcome integer := 0;
  any_hidden boolean := EXISTS (SELECT FROM kafkabridge.hidden_16400);
BEGIN
  IF v.op = 's' THEN
    -- What a change of this node's own held; it was decided when it committed.
    IF v.any_hidden THEN
      PERFORM kafkabridge.released_16400(v.image::"public"."seat");
    END IF;
    RETURN 1;
  ELSIF v.op = 't' THEN
    PERFORM kafkabridge.conflict_16400('truncate_differs', CASE WHEN ROW(h.tick, h.writer) <= ROW(v.tick, v.writer) THEN 'apply_remote' ELSE 'keep_local' END, v.op, h.image, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, h.tick, h.writer, h.epoch, h.lsn, h.row_xmin, h.at, h.image)
    FROM (
      SELECT ROW(t.*)::"public"."seat" AS image, CASE WHEN o.commit_time IS NULL THEN t.xmin END AS row_xmin,
        COALESCE(o.commit_time, c."timestamp") AS at, o.epoch, o.commit_lsn AS lsn,
        COALESCE(o.tick, kafkabridge.tick(c."timestamp")) AS tick, COALESCE(o.writer, g.writer, v.own) AS writer
      FROM ONLY "public"."seat" AS t
      LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
      LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
      LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16400 AND w.row_xmin = t.xmin
      WHERE t.xmin <> v.me AND (v.writer <> v.own OR g.writer IS NOT NULL) AND (o.tick IS NOT NULL OR NOT (w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at)))) AS h
    WHERE h.writer <> v.writer AND kafkabridge.concurrent(h.tick, h.writer, v.vector, v.known_at, v.base, v.width)
    LIMIT 1000;
    IF FOUND THEN
      v.outcome := 2;
    END IF;
    IF EXISTS (
      SELECT FROM ONLY "public"."seat" AS t
      LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
      LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
      LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16400 AND w.row_xmin = t.xmin
      WHERE CASE WHEN c."timestamp" IS NULL AND o.tick IS NULL AND w.relid IS NULL
          AND t.xmin <> v.me AND (v.writer <> v.own OR t.xmin <> v.source_xid)
        THEN kafkabridge.is_unknown(t.xmin, CASE WHEN v.writer <> v.own THEN v.tick END) ELSE false END) THEN
      RAISE EXCEPTION 'table % was truncated, and of some of its rows it is not known whether they are later: commit times were lost. '
        'Delete here those that shall go, and write the others once more', '16400'::regclass
        USING ERRCODE = '55000';
    END IF;
    INSERT INTO kafkabridge.table_tombstone AS d (relid, tick, writer, epoch, commit_lsn, ordinal)
    VALUES (16400, v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
    ON CONFLICT ON CONSTRAINT table_tombstone_pkey DO UPDATE SET
      tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
      commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal
    WHERE ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) < ROW(EXCLUDED.tick, EXCLUDED.writer, EXCLUDED.epoch, EXCLUDED.commit_lsn, EXCLUDED.ordinal);
    DELETE FROM ONLY "public"."seat" AS t WHERE t.xmin = v.me OR (
      SELECT CASE
        WHEN v.writer = v.own AND (g.writer IS NULL AND w.relid IS NULL OR COALESCE(o.raw_before > v.lsn, false) OR g.writer IS NULL AND (w.relid IS NULL OR w.wal_before <= v.lsn) AND (t.xmin = v.source_xid OR c."timestamp" = v.source_time)
              OR COALESCE(o.raw_before > v.lsn AND o.commit_time = v.source_time, false)) THEN false
        WHEN o.tick IS NOT NULL THEN ROW(o.tick, o.writer) <= ROW(v.tick, v.writer)
        WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN true
        ELSE ROW(kafkabridge.tick(c."timestamp"), COALESCE(g.writer, v.own)) <= ROW(v.tick, v.writer) END
      FROM pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
      LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
      LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16400 AND w.row_xmin = t.xmin);
    DELETE FROM kafkabridge.hidden_16400 AS t
    WHERE ROW(t.kafkabridge_tick, t.kafkabridge_writer) <= ROW(v.tick, v.writer)
      AND NOT (v.writer = v.own AND COALESCE(t.kafkabridge_raw_before > v.lsn, false));
    PERFORM kafkabridge.released_16400(NULL);
    RETURN v.outcome;
  END IF;
  n := v.image::"public"."seat";
  IF v.op = 'v' THEN
    -- An earlier own transaction's; the row is not its any more.
    DELETE FROM kafkabridge.row_version AS o USING ONLY "public"."seat" AS t
    WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin AND o.writer = v.own
      AND o.tick <= v.tick;
    INSERT INTO kafkabridge.row_version AS o (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time)
    SELECT 16400, ROW(t."id")::text, t.xmin, v.tick, v.writer, v.epoch, v.lsn, v.ordinal, v.source_time
    FROM ONLY "public"."seat" AS t
    WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND CASE WHEN t.xmin <> v.me THEN kafkabridge.is_lost_own(t.xmin, v.source_xid, v.tick) ELSE false END
    ON CONFLICT ON CONSTRAINT row_version_pkey DO UPDATE SET
        row_xmin = EXCLUDED.row_xmin, tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
        commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal, commit_time = EXCLUDED.commit_time,
        raw_before = EXCLUDED.raw_before;
    RETURN 1;
  END IF;
  IF v.op <> 'd' AND v.writer <> v.own AND NOT v.any_hidden THEN
    claimants := kafkabridge.claimants_16400(v.n);
    IF pg_catalog.cardinality(v.claimants) = 0 THEN
      IF v.op = 'c' AND COALESCE(pg_catalog.strpos(v.unchanged, '1'), 0) = 0 THEN
        IF v.origins IS NOT NULL THEN
          INSERT INTO "public"."seat" AS t ("id", "place", "guest", "held") OVERRIDING SYSTEM VALUE
          SELECT v.n."id", v.n."place", v.n."guest", v.n."held"
          WHERE NOT EXISTS (SELECT FROM kafkabridge.tombstone_16400 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id" AND ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) > ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal))
          ON CONFLICT ("id") DO NOTHING;
        ELSE
          INSERT INTO "public"."seat" AS t ("id", "place", "guest", "held") OVERRIDING SYSTEM VALUE
          SELECT v.n."id", v.n."place", v.n."guest", v.n."held"
          WHERE NOT EXISTS (SELECT FROM kafkabridge.tombstone_16400 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id" AND ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) > ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal)) AND NOT EXISTS (SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = 16400 AND ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) > ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal))
          ON CONFLICT ("id") DO NOTHING;
        END IF;
        IF FOUND THEN
          DELETE FROM kafkabridge.tombstone_16400 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id"
          RETURNING d.tick, d.writer, d.epoch, d.commit_lsn INTO v.held_tick, v.held_writer, v.held_epoch, v.held_lsn;
          IF FOUND AND v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width) THEN
            PERFORM kafkabridge.conflict_16400(CASE WHEN v.op = 'd' THEN 'delete_missing' WHEN v.op = 'u' OR v.ordinal % 2 = 1 THEN 'update_deleted' ELSE 'insert_deleted' END, 'apply_remote', v.op, v.n, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, NULL, NULL, NULL);
            RETURN 2;
          END IF;
          RETURN 0;
        END IF;
      ELSIF v.op = 'u' AND v.unchanged IS NULL AND v.writer <> v.own THEN
        UPDATE ONLY "public"."seat" AS t SET "id" = v.n."id", "place" = v.n."place", "guest" = v.n."guest", "held" = v.n."held" WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND (t.xmin = v.me OR (
              SELECT ((c.o)."timestamp" IS NULL AND NOT kafkabridge.is_unknown(t.xmin, v.tick))
                OR ((c.o).roident = 0 AND (c.o)."timestamp" < v.adopted_at)
                OR (kafkabridge.tick((c.o)."timestamp") <= v.tick
                    AND (c.o).roident = ANY (ARRAY(SELECT g.roident FROM kafkabridge.origin AS g WHERE g.writer = v.writer)))
              FROM (SELECT pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS o OFFSET 0) AS c))
            AND (NOT EXISTS (SELECT FROM kafkabridge.row_version AS o WHERE o.relid = 16400)
              OR NOT EXISTS (SELECT FROM kafkabridge.row_version AS o
                             WHERE o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin));
        IF FOUND THEN
          RETURN 0;
        END IF;
      END IF;
    END IF;
  END IF;
  LOOP
    is_hidden := false;
    SELECT t.xmin, COALESCE(o.commit_time, c."timestamp"), g.writer, o.tick, o.writer, o.epoch, o.commit_lsn, CASE WHEN o.commit_time IS NULL THEN t.xmin END,
      g.writer IS NULL AND w.relid IS NULL OR COALESCE(o.raw_before > v.lsn, false),
      g.writer IS NULL AND (w.relid IS NULL OR w.wal_before <= v.lsn) AND (t.xmin = v.source_xid OR c."timestamp" = v.source_time)
        OR COALESCE(o.raw_before > v.lsn AND o.commit_time = v.source_time, false),
      w.relid IS NOT NULL
    INTO v.held_xmin, v.held_at, v.held_by, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.held_xid,
      v.is_raw, v.is_own, v.is_rewritten
    FROM ONLY "public"."seat" AS t
    LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
    LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
    LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
    LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16400 AND w.row_xmin = t.xmin
    WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";

    IF NOT FOUND THEN
      SELECT t.kafkabridge_commit_time, t.kafkabridge_tick, t.kafkabridge_writer,
        t.kafkabridge_epoch, t.kafkabridge_commit_lsn,
        COALESCE(t.kafkabridge_raw_before > v.lsn, false), t.kafkabridge_commit_time = v.source_time
      INTO v.held_at, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.is_raw, v.is_own
      FROM kafkabridge.hidden_16400 AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";
      is_hidden := FOUND;
    END IF;

    IF v.held_xmin IS NULL AND NOT v.is_hidden THEN
      SELECT d.tick, d.writer, d.epoch, d.commit_lsn, ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) <= ROW(v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
      INTO v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.wins FROM (
        SELECT d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal FROM kafkabridge.tombstone_16400 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id"
        UNION ALL
        SELECT d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal FROM kafkabridge.table_tombstone AS d
        WHERE d.relid = 16400) AS d
      ORDER BY ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) DESC LIMIT 1;
      IF FOUND AND (v.op = 'd' OR NOT v.wins) THEN
        v.outcome := CASE WHEN v.op = 'd' THEN 0 ELSE 1 END;
        IF v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width) THEN
          PERFORM kafkabridge.conflict_16400(CASE WHEN v.op = 'd' THEN 'delete_missing' WHEN v.op = 'u' OR v.ordinal % 2 = 1 THEN 'update_deleted' ELSE 'insert_deleted' END, CASE WHEN v.wins THEN 'apply_remote' ELSE 'keep_local' END, v.op, v.n, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, NULL, NULL, NULL);
          v.outcome := CASE WHEN v.wins THEN 2 ELSE 3 END;
        END IF;
        EXIT;
      END IF;
      EXIT WHEN v.op = 'd';
      IF pg_catalog.strpos(v.unchanged, '1') > 0 THEN
        -- The writer's own row was gone when its unchanged values were to be read: the delete above this version follows.
        RETURN 1;
      END IF;
    ELSE
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
      ELSIF v.writer = v.own AND (v.is_raw OR (v.is_own AND NOT v.is_hidden)) THEN
        -- This node's own row as a user wrote it is never touched; a lifted transaction's gets its version noted.
        EXIT WHEN v.op = 'd';
        IF v.is_own THEN
          IF v.is_hidden THEN
            UPDATE kafkabridge.hidden_16400 AS t SET kafkabridge_tick = v.tick, kafkabridge_writer = v.writer, kafkabridge_epoch = v.epoch,
              kafkabridge_commit_lsn = v.lsn, kafkabridge_ordinal = v.ordinal, kafkabridge_settle = true
            WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";
            PERFORM pg_catalog.set_config('kafkabridge.unsettled', 'on', true);
          ELSE
            INSERT INTO kafkabridge.row_version AS o (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time, raw_before)
            SELECT 16400, ROW(t."id")::text, t.xmin, v.tick, v.writer, v.epoch, v.lsn, v.ordinal, o.commit_time, o.raw_before
            FROM ONLY "public"."seat" AS t
            LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
            LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
            LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
            LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16400 AND w.row_xmin = t.xmin
            WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t.xmin = v.held_xmin
            ON CONFLICT ON CONSTRAINT row_version_pkey DO UPDATE SET
                row_xmin = EXCLUDED.row_xmin, tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
                commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal, commit_time = EXCLUDED.commit_time,
                raw_before = EXCLUDED.raw_before;
          END IF;
          RETURN 0;
        END IF;
        RETURN 1;
      ELSE
        v.wins := NOT v.is_unknown AND (v.tick > v.held_tick OR (v.tick = v.held_tick AND v.writer >= v.held_writer));
      END IF;

      -- The row is locked from here on. It was written again since it was read: read again, decide again.
      IF v.is_hidden THEN
        SELECT t."id", t."place", t."guest", t."held" INTO v.h FROM kafkabridge.hidden_16400 AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";
      ELSE
        SELECT t."id", t."place", t."guest", t."held" INTO v.h FROM ONLY "public"."seat" AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t.xmin = v.held_xmin FOR UPDATE;
        CONTINUE WHEN NOT FOUND;
      END IF;
      IF v.outcome = 0 AND v.held_xmin IS DISTINCT FROM v.me AND (v.is_unknown OR v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width)) THEN
        PERFORM kafkabridge.conflict_16400(CASE WHEN v.is_unknown THEN 'version_unknown' WHEN v.op = 'd' AND v.wins THEN 'delete_origin_differs' WHEN v.op = 'd' THEN 'delete_exists' WHEN v.op = 'u' THEN 'update_origin_differs' WHEN v.ordinal % 2 = 1 THEN 'update_exists' ELSE 'insert_exists' END, CASE WHEN v.wins THEN 'apply_remote' ELSE 'keep_local' END, v.op, v.n, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, v.held_xid, v.held_at, v.h);
        v.outcome := 2;
      END IF;
      IF NOT v.wins THEN
        v.outcome := CASE v.outcome WHEN 2 THEN 3 ELSE 1 END;
        EXIT;
      END IF;
      IF v.unchanged IS NOT NULL THEN
        n := ROW(CASE WHEN pg_catalog.substr(v.unchanged, 1, 1) = '0' THEN v.n."id" ELSE v.h."id" END, CASE WHEN pg_catalog.substr(v.unchanged, 2, 1) = '0' THEN v.n."place" ELSE v.h."place" END, CASE WHEN pg_catalog.substr(v.unchanged, 3, 1) = '0' THEN v.n."guest" ELSE v.h."guest" END, CASE WHEN pg_catalog.substr(v.unchanged, 4, 1) = '0' THEN v.n."held" ELSE v.h."held" END)::"public"."seat";
      END IF;
    END IF;

    IF v.op = 'd' THEN
      DELETE FROM ONLY "public"."seat" AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t.xmin = v.held_xmin;
    ELSE
      claimants := kafkabridge.claimants_16400(v.n);
      IF pg_catalog.cardinality(v.claimants) > 0 THEN
        PERFORM kafkabridge.conflict_16400(CASE WHEN pg_catalog.cardinality(v.claimants) > 1 THEN 'multiple_unique_conflicts' WHEN v.op = 'u' OR v.ordinal % 2 = 1 THEN 'update_exists' ELSE 'insert_exists' END, CASE WHEN ROW(v.tick, v.writer, ROW(v.n."id")::text COLLATE pg_catalog."C") > ROW(q.tick, q.writer, q.key COLLATE pg_catalog."C") THEN 'apply_remote' ELSE 'keep_local' END, v.op, v.n, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, q.tick, q.writer, q.epoch, q.lsn, q.row_xid, q.at, q.image)
        FROM (
          SELECT ROW(t."id", t."place", t."guest", t."held")::"public"."seat" AS image, ROW(t."id")::text AS key, CASE WHEN o.tick IS NULL AND t.xmin <> v.me AND w.relid IS NULL AND c."timestamp" IS NULL THEN kafkabridge.holder_tick(t.xmin, 16400, ROW(t."id")::text) ELSE CASE WHEN o.tick IS NOT NULL THEN o.tick WHEN t.xmin = v.me THEN v.tick WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN 0 ELSE kafkabridge.tick(c."timestamp") END END AS tick, CASE WHEN o.tick IS NOT NULL THEN o.writer WHEN t.xmin = v.me THEN v.writer WHEN w.relid IS NOT NULL OR c."timestamp" IS NULL OR (g.writer IS NULL AND c."timestamp" < v.adopted_at) THEN -1 ELSE COALESCE(g.writer, v.own) END AS writer,
            o.epoch, o.commit_lsn AS lsn, CASE WHEN o.commit_time IS NULL THEN t.xmin END AS row_xid, COALESCE(o.commit_time, c."timestamp") AS at
          FROM ONLY "public"."seat" AS t
          LEFT JOIN LATERAL pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
          LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
          LEFT JOIN kafkabridge.row_version AS o ON o.relid = 16400 AND o.key = ROW(t."id")::text AND o.row_xmin = t.xmin
          LEFT JOIN kafkabridge.rewrite AS w ON w.relid = 16400 AND w.row_xmin = t.xmin
          WHERE t.ctid = ANY (v.claimants)) AS q
        WHERE q.writer <> v.writer AND kafkabridge.concurrent(q.tick, q.writer, v.vector, v.known_at, v.base, v.width)
        LIMIT 100;
        IF FOUND THEN
          v.outcome := 2;
        END IF;
        DELETE FROM ONLY "public"."seat" AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id" AND t.xmin = v.held_xmin;
      ELSIF v.held_xmin IS NOT NULL THEN
        UPDATE ONLY "public"."seat" AS t SET "id" = v.n."id", "place" = v.n."place", "guest" = v.n."guest", "held" = v.n."held" WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";
      ELSE
        INSERT INTO "public"."seat" AS t ("id", "place", "guest", "held") OVERRIDING SYSTEM VALUE
        SELECT v.n."id", v.n."place", v.n."guest", v.n."held" ON CONFLICT ("id") DO NOTHING;
        CONTINUE WHEN NOT FOUND;
      END IF;
    END IF;
    -- An entry beside a row was void, and one that was the winner is no more.
    DELETE FROM kafkabridge.hidden_16400 AS t WHERE t."id" OPERATOR(pg_catalog.=) v.n."id";
    IF v.op <> 'd' AND pg_catalog.cardinality(v.claimants) > 0 THEN
      INSERT INTO kafkabridge.hidden_16400 AS t ("id", "place", "guest", "held", kafkabridge_tick, kafkabridge_writer, kafkabridge_epoch, kafkabridge_commit_lsn, kafkabridge_ordinal, kafkabridge_commit_time, kafkabridge_raw_before, kafkabridge_settle)
      SELECT v.n."id", v.n."place", v.n."guest", v.n."held", v.tick, v.writer, v.epoch, v.lsn, v.ordinal, v.source_time, NULL, true;
      PERFORM pg_catalog.set_config('kafkabridge.unsettled', 'on', true);
    END IF;
    IF v.held_xmin IS NOT NULL THEN
      IF v.any_hidden THEN
        PERFORM kafkabridge.released_16400(v.h);
      END IF;
    ELSIF NOT v.is_hidden THEN
      DELETE FROM kafkabridge.tombstone_16400 AS d WHERE d.k1 OPERATOR(pg_catalog.=) v.n."id"
      RETURNING d.tick, d.writer, d.epoch, d.commit_lsn INTO v.held_tick, v.held_writer, v.held_epoch, v.held_lsn;
      IF FOUND AND v.held_writer <> v.writer AND kafkabridge.concurrent(v.held_tick, v.held_writer, v.vector, v.known_at, v.base, v.width) THEN
        PERFORM kafkabridge.conflict_16400(CASE WHEN v.op = 'd' THEN 'delete_missing' WHEN v.op = 'u' OR v.ordinal % 2 = 1 THEN 'update_deleted' ELSE 'insert_deleted' END, 'apply_remote', v.op, v.n, v.tick, v.writer, v.own, v.epoch, v.lsn, v.ordinal, v.source_xid, v.source_time, v.held_tick, v.held_writer, v.held_epoch, v.held_lsn, NULL, NULL, NULL);
        v.outcome := 2;
      END IF;
    END IF;
    EXIT WHEN v.op = 'd';
    RETURN v.outcome;
  END LOOP;

  IF v.op = 'd' THEN
    INSERT INTO kafkabridge.tombstone_16400 AS d (k1, tick, writer, epoch, commit_lsn, ordinal)
    VALUES (v.n."id", v.tick, v.writer, v.epoch, v.lsn, v.ordinal)
    ON CONFLICT ON CONSTRAINT tombstone_16400_key DO UPDATE SET
      tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
      commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal
    WHERE ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) < ROW(EXCLUDED.tick, EXCLUDED.writer, EXCLUDED.epoch, EXCLUDED.commit_lsn, EXCLUDED.ordinal);
  END IF;
  RETURN v.outcome;
END v
$kafkabridge$;
