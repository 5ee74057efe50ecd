-- ALTER TABLE may write every row of a table again, which gives each a new xmin: the rows' versions are kept before.

-- The last rewrite of each table: a row with that xmin and no override is older than any change that can come.
-- Published: what a transaction that rewrites a table has written is applied by the node itself.
CREATE TABLE IF NOT EXISTS kafkabridge.rewrite (
  relid      oid NOT NULL PRIMARY KEY,
  -- the rewritten rows' xmin: of a subtransaction, if there is one
  row_xmin   xid NOT NULL,
  -- the WAL's end then: this node's own changes that commit below it came before
  wal_before pg_lsn NOT NULL
);

-- Collection's last horizon: no change still to come is at or below this tick.
ALTER TABLE kafkabridge.node ADD COLUMN IF NOT EXISTS horizon bigint NOT NULL DEFAULT 0;

-- Runs after the catalog has the table's new columns and indexes, and before any row is written: what stands before the first
-- changed column of a row can be read, the rest not, and nothing while a new index has no pages.
-- No exception is caught here, nor may be: a row written here has to have the rewritten rows' xmin.
CREATE OR REPLACE FUNCTION kafkabridge.keep_versions() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS
$$
DECLARE
  rewritten CONSTANT oid := pg_event_trigger_table_rewrite_oid();
  key int2[] := (SELECT i.indkey::int2[] FROM pg_index AS i WHERE i.indrelid = rewritten AND (i.indisprimary OR i.indisreplident)
                 ORDER BY i.indisprimary DESC LIMIT 1);
  hidden CONSTANT text := format('kafkabridge.hidden_%s', rewritten);
  any_hidden boolean := false;
  before xid := (SELECT w.row_xmin FROM kafkabridge.rewrite AS w WHERE w.relid = rewritten);
  now_xmin xid;
BEGIN
  IF key IS NULL OR NOT EXISTS (SELECT FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid
                                WHERE p.pubname = 'kafkabridge' AND r.prrelid = rewritten) THEN
    RETURN;
  END IF;
  IF current_setting('kafkabridge.rewrite', true) IS DISTINCT FROM 'caught_up' AND EXISTS (
    SELECT FROM kafkabridge.node AS n WHERE kafkabridge.has_unknown_versions(n)) THEN
    RAISE EXCEPTION 'table % can not be rewritten now: the versions of some of its rows are not known', rewritten::regclass
      USING ERRCODE = 'object_not_in_prerequisite_state',
      DETAIL = 'Commit times were lost: track_commit_timestamp was off, or vacuum truncated them while a node was away.',
      HINT = 'Run the command again when every node runs and kafkabridge check no longer says so. Or stop writing to the table on every '
        || 'node, run kafkabridge wait --caught-up, then SET kafkabridge.rewrite = ''caught_up'' and run the command again.';
  END IF;
  INSERT INTO kafkabridge.rewrite AS w (relid, row_xmin, wal_before)
  VALUES (rewritten, pg_current_xact_id()::xid, pg_current_wal_insert_lsn())
  ON CONFLICT (relid) DO UPDATE SET row_xmin = EXCLUDED.row_xmin, wal_before = EXCLUDED.wal_before
  RETURNING w.xmin INTO now_xmin;
  UPDATE kafkabridge.rewrite AS w SET row_xmin = now_xmin WHERE w.relid = rewritten;
  IF to_regclass(hidden) IS NOT NULL THEN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', hidden) INTO any_hidden;
  END IF;

  IF EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = rewritten AND pg_relation_size(i.indexrelid) = 0)
    OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = rewritten AND a.attnum BETWEEN 1 AND (SELECT max(k) FROM unnest(key) AS k)
                 AND a.xmin = now_xmin) THEN
    IF current_setting('kafkabridge.rewrite', true) = 'caught_up' AND NOT any_hidden THEN
      RETURN;
    END IF;
    RAISE EXCEPTION 'table % can not be rewritten like this while it is replicated: the versions of its rows can not be read any more',
      rewritten::regclass
      USING ERRCODE = 'object_not_in_prerequisite_state',
      DETAIL = 'The command makes an index of the table anew, or changes the key or a column that stands before it.',
      HINT = 'Drop the index, run the command, and make the index again. Where that does not do: stop writing to the table on every '
        || 'node, run kafkabridge wait --caught-up, then SET kafkabridge.rewrite = ''caught_up'' and run the command again.';
  END IF;

  EXECUTE format($sql$
    INSERT INTO kafkabridge.row_version AS o
      (relid, key, row_xmin, tick, writer, epoch, commit_lsn, ordinal, commit_time, raw_before)
    SELECT $1, s.key, $2, s.tick, s.writer, s.epoch, s.commit_lsn, s.ordinal, s.commit_time, s.raw_before
    FROM kafkabridge.node AS n CROSS JOIN LATERAL (
      SELECT ROW(%1$s)::text AS key, COALESCE(o.tick, kafkabridge.tick(c."timestamp")) AS tick,
        COALESCE(o.writer, g.writer, n.number) AS writer, o.epoch, o.commit_lsn, o.ordinal,
        COALESCE(o.commit_time, c."timestamp") AS commit_time,
        CASE WHEN g.writer IS NULL AND t.xmin IS DISTINCT FROM $3 THEN pg_current_wal_insert_lsn() ELSE o.raw_before END AS raw_before
      FROM ONLY %2$s AS t
      LEFT JOIN LATERAL pg_xact_commit_timestamp_origin(t.xmin) AS c ON true
      LEFT JOIN kafkabridge.origin AS g ON g.roident = c.roident
      LEFT JOIN kafkabridge.row_version AS o ON o.relid = $1 AND o.key = ROW(%1$s)::text AND o.row_xmin = t.xmin
      WHERE o.tick IS NOT NULL OR (c."timestamp" IS NOT NULL AND t.xmin IS DISTINCT FROM $3
        AND (g.writer IS NOT NULL OR c."timestamp" >= n.adopted_at))) AS s
    WHERE $4 OR s.tick > n.horizon
    ON CONFLICT (relid, key) DO UPDATE SET
      row_xmin = EXCLUDED.row_xmin, tick = EXCLUDED.tick, writer = EXCLUDED.writer, epoch = EXCLUDED.epoch,
      commit_lsn = EXCLUDED.commit_lsn, ordinal = EXCLUDED.ordinal, commit_time = EXCLUDED.commit_time,
      raw_before = EXCLUDED.raw_before
    $sql$,
    (SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
     WHERE a.attrelid = rewritten AND a.attnum = ANY (key)),
    rewritten::regclass)
  USING rewritten, now_xmin, before, any_hidden;
END
$$;
REVOKE ALL ON FUNCTION kafkabridge.keep_versions() FROM PUBLIC;
