CREATE OR REPLACE FUNCTION kafkabridge.run_16384("char"[], text[], integer[], integer, integer, bigint, integer, integer, pg_lsn[], integer[], xid, timestamptz, oid[], boolean)
RETURNS integer[] LANGUAGE plpgsql AS $kafkabridge$
#variable_conflict use_column
<<v>>
DECLARE
  ops ALIAS FOR $1;
  images ALIAS FOR $2;
  ordinals ALIAS FOR $3;
  first ALIAS FOR $4;
  last ALIAS FOR $5;
  tick ALIAS FOR $6;
  writer ALIAS FOR $7;
  epoch ALIAS FOR $8;
  lsns ALIAS FOR $9;
  transactions ALIAS FOR $10;
  me ALIAS FOR $11;
  adopted_at ALIAS FOR $12;
  origins ALIAS FOR $13;
  fresh ALIAS FOR $14;
  done integer; gone integer[];
BEGIN
  CASE v.ops[v.first]
  WHEN 'c' THEN
    IF v.fresh AND v.origins IS NOT NULL THEN
      IF pg_catalog.pg_relation_size('kafkabridge.tombstone_16384'::regclass) = 0 THEN -- so it holds nothing, and that costs no look a row
        INSERT INTO "public"."Odd ""orders""" AS t ("id", "line", "tick") OVERRIDING SYSTEM VALUE
        SELECT (s.n)."id", (s.n)."line", (s.n)."tick"
        FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s;
      ELSE
        INSERT INTO "public"."Odd ""orders""" AS t ("id", "line", "tick") OVERRIDING SYSTEM VALUE
        SELECT (s.n)."id", (s.n)."line", (s.n)."tick"
        FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
        WHERE NOT EXISTS (SELECT FROM kafkabridge.tombstone_16384 AS d WHERE d.k1 OPERATOR(pg_catalog.=) (s.n)."id" AND d.k2 OPERATOR(pg_catalog.=) (s.n)."line");
      END IF;
    ELSE
      IF v.origins IS NOT NULL THEN
        INSERT INTO "public"."Odd ""orders""" AS t ("id", "line", "tick") OVERRIDING SYSTEM VALUE
        SELECT (s.n)."id", (s.n)."line", (s.n)."tick"
        FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
        WHERE NOT EXISTS (SELECT FROM kafkabridge.tombstone_16384 AS d WHERE d.k1 OPERATOR(pg_catalog.=) (s.n)."id" AND d.k2 OPERATOR(pg_catalog.=) (s.n)."line")
        ON CONFLICT ("id", "line") DO NOTHING;
      ELSE
        INSERT INTO "public"."Odd ""orders""" AS t ("id", "line", "tick") OVERRIDING SYSTEM VALUE
        SELECT (s.n)."id", (s.n)."line", (s.n)."tick"
        FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
        WHERE NOT EXISTS (SELECT FROM kafkabridge.tombstone_16384 AS d WHERE d.k1 OPERATOR(pg_catalog.=) (s.n)."id" AND d.k2 OPERATOR(pg_catalog.=) (s.n)."line")
          AND NOT EXISTS (SELECT FROM kafkabridge.table_tombstone AS d WHERE d.relid = 16384 AND ROW(d.tick, d.writer) >= ROW(v.tick, v.writer))
        ON CONFLICT ("id", "line") DO NOTHING;
      END IF;
    END IF;
  WHEN 'u' THEN
    IF v.origins IS NOT NULL THEN
      UPDATE ONLY "public"."Odd ""orders""" AS t SET "line" = (s.n)."line", "tick" = (s.n)."tick"
      FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
      WHERE t."id" OPERATOR(pg_catalog.=) (s.n)."id" AND t."line" OPERATOR(pg_catalog.=) (s.n)."line" AND (t.xmin = v.me OR (
            SELECT ((c.o)."timestamp" IS NULL AND NOT kafkabridge.is_unknown(t.xmin, v.tick))
              OR ((c.o).roident = 0 AND (c.o)."timestamp" < v.adopted_at)
              OR (kafkabridge.tick((c.o)."timestamp") <= v.tick
                  AND (c.o).roident = ANY (v.origins))
            FROM (SELECT pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS o OFFSET 0) AS c));
    ELSE
      UPDATE ONLY "public"."Odd ""orders""" AS t SET "line" = (s.n)."line", "tick" = (s.n)."tick"
      FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
      WHERE t."id" OPERATOR(pg_catalog.=) (s.n)."id" AND t."line" OPERATOR(pg_catalog.=) (s.n)."line" AND (t.xmin = v.me OR (
            SELECT ((c.o)."timestamp" IS NULL AND NOT kafkabridge.is_unknown(t.xmin, v.tick))
              OR ((c.o).roident = 0 AND (c.o)."timestamp" < v.adopted_at)
              OR (kafkabridge.tick((c.o)."timestamp") <= v.tick
                  AND (c.o).roident = ANY (ARRAY(SELECT g.roident FROM kafkabridge.origin AS g WHERE g.writer = v.writer)))
            FROM (SELECT pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS o OFFSET 0) AS c))
          AND (NOT EXISTS (SELECT FROM kafkabridge.row_version AS o WHERE o.relid = 16384)
            OR NOT EXISTS (SELECT FROM kafkabridge.row_version AS o
                           WHERE o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin));
    END IF;
  ELSE
    IF v.origins IS NOT NULL THEN
      WITH gone AS (
        DELETE FROM ONLY "public"."Odd ""orders""" AS t USING (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
        WHERE t."id" OPERATOR(pg_catalog.=) (s.n)."id" AND t."line" OPERATOR(pg_catalog.=) (s.n)."line" AND (t.xmin = v.me OR (
              SELECT ((c.o)."timestamp" IS NULL AND NOT kafkabridge.is_unknown(t.xmin, v.tick))
                OR ((c.o).roident = 0 AND (c.o)."timestamp" < v.adopted_at)
                OR (kafkabridge.tick((c.o)."timestamp") <= v.tick
                    AND (c.o).roident = ANY (v.origins))
              FROM (SELECT pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS o OFFSET 0) AS c))
        RETURNING s.place)
      SELECT pg_catalog.array_agg(gone.place) INTO v.gone FROM gone;
    ELSE
      WITH gone AS (
        DELETE FROM ONLY "public"."Odd ""orders""" AS t USING (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
        WHERE t."id" OPERATOR(pg_catalog.=) (s.n)."id" AND t."line" OPERATOR(pg_catalog.=) (s.n)."line" AND (t.xmin = v.me OR (
              SELECT ((c.o)."timestamp" IS NULL AND NOT kafkabridge.is_unknown(t.xmin, v.tick))
                OR ((c.o).roident = 0 AND (c.o)."timestamp" < v.adopted_at)
                OR (kafkabridge.tick((c.o)."timestamp") <= v.tick
                    AND (c.o).roident = ANY (ARRAY(SELECT g.roident FROM kafkabridge.origin AS g WHERE g.writer = v.writer)))
              FROM (SELECT pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS o OFFSET 0) AS c))
            AND (NOT EXISTS (SELECT FROM kafkabridge.row_version AS o WHERE o.relid = 16384)
              OR NOT EXISTS (SELECT FROM kafkabridge.row_version AS o
                             WHERE o.relid = 16384 AND o.key = ROW(t."id", t."line")::text AND o.row_xmin = t.xmin))
        RETURNING s.place)
      SELECT pg_catalog.array_agg(gone.place) INTO v.gone FROM gone;
    END IF;
    INSERT INTO kafkabridge.tombstone_16384 AS d (k1, k2, tick, writer, epoch, commit_lsn, ordinal)
    SELECT (s.n)."id", (s.n)."line", v.tick, v.writer, v.epoch,
      v.lsns[v.transactions[s.place]], v.ordinals[s.place]
    FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.unnest(v.gone) AS i OFFSET 0) AS s
    ON CONFLICT ON CONSTRAINT tombstone_16384_key DO UPDATE SET
      tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
      commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal
    WHERE ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal) < ROW(EXCLUDED.tick, EXCLUDED.writer, EXCLUDED.epoch, EXCLUDED.commit_lsn, EXCLUDED.ordinal);
    IF pg_catalog.cardinality(v.gone) > v.last - v.first THEN
      RETURN '{}';
    END IF;
    RETURN ARRAY(SELECT i FROM pg_catalog.generate_series(v.first, v.last) AS i EXCEPT SELECT i FROM pg_catalog.unnest(v.gone) AS i ORDER BY i);
  END CASE;
  GET DIAGNOSTICS done = ROW_COUNT;
  IF v.done > v.last - v.first THEN
    RETURN '{}';
  END IF;
  RETURN ARRAY(SELECT s.place FROM (SELECT i AS place, v.images[i]::"public"."Odd ""orders""" AS n FROM pg_catalog.generate_series(v.first, v.last) AS i OFFSET 0) AS s
    WHERE NOT EXISTS (SELECT FROM ONLY "public"."Odd ""orders""" AS t WHERE t."id" OPERATOR(pg_catalog.=) (s.n)."id" AND t."line" OPERATOR(pg_catalog.=) (s.n)."line" AND t.xmin = v.me) ORDER BY s.place);
END v
$kafkabridge$;
