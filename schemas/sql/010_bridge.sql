-- What KafkaBridge keeps in a node's database. Run again at every start: each statement leaves what is there alone.
-- kafkabridge.position is published: by it capture sees in WAL order what this node had applied of every other.

CREATE SCHEMA IF NOT EXISTS kafkabridge;

-- One row: who this database is. Must agree with the configuration file and <cluster>.nodes.
CREATE TABLE IF NOT EXISTS kafkabridge.node (
  cluster           text NOT NULL,
  name              text NOT NULL PRIMARY KEY,
  number            integer NOT NULL,
  system_identifier text NOT NULL,
  epoch             integer NOT NULL,
  -- rows committed before this, or without a commit time, are older than every published version
  adopted_at        timestamptz NOT NULL
);

-- On which timeline it was set up: after a promotion or a restore, positions don't compare.
ALTER TABLE kafkabridge.node ADD COLUMN IF NOT EXISTS timeline integer;

-- Stands in every mark that a session which applies leaves in the WAL: any user may write a message there, and none may write a mark.
ALTER TABLE kafkabridge.node ADD COLUMN IF NOT EXISTS mark_key uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid();

-- Which node a replication origin's id stands for. A row whose origin is not here was written by this node.
CREATE TABLE IF NOT EXISTS kafkabridge.origin (
  roident oid NOT NULL PRIMARY KEY,
  writer  integer NOT NULL,
  name    text NOT NULL UNIQUE
);

-- Progress: the last whole transaction applied of each node, written in the same local transaction, only ever forward.
CREATE TABLE IF NOT EXISTS kafkabridge.position (
  writer       integer NOT NULL PRIMARY KEY,
  epoch        integer NOT NULL,
  commit_lsn   pg_lsn NOT NULL,
  tick         bigint NOT NULL,
  spine_offset bigint NOT NULL
) WITH (fillfactor = 10);

-- TRUNCATE: kills strictly earlier versions of the table's rows.
CREATE TABLE IF NOT EXISTS kafkabridge.table_tombstone (
  relid      oid NOT NULL PRIMARY KEY,
  tick       bigint NOT NULL,
  writer     integer NOT NULL,
  epoch      integer NOT NULL,
  commit_lsn pg_lsn NOT NULL,
  ordinal    integer NOT NULL
);

-- Versions that differ from the commit time; valid while the row's xmin is the one noted.
CREATE TABLE IF NOT EXISTS kafkabridge.row_version (
  relid      oid NOT NULL,
  key        text NOT NULL,
  -- the row's xmin (that name is taken by the system column)
  row_xmin   xid NOT NULL,
  tick       bigint NOT NULL,
  writer     integer NOT NULL,
  epoch      integer NOT NULL,
  commit_lsn pg_lsn NOT NULL,
  ordinal    integer NOT NULL,
  PRIMARY KEY (relid, key)
);

-- A row that was hidden and is shown again: who wrote it when is no longer what its xmin says, and its position may be unknown.
-- Where a session of this node wrote it, changes of this node's own that commit after raw_before are later than the row.
ALTER TABLE kafkabridge.row_version ADD COLUMN IF NOT EXISTS commit_time timestamptz, ADD COLUMN IF NOT EXISTS raw_before pg_lsn,
  ALTER COLUMN epoch DROP NOT NULL, ALTER COLUMN commit_lsn DROP NOT NULL, ALTER COLUMN ordinal DROP NOT NULL;

-- Of tables whose rules need a row's history: per key the writes that not every node has applied yet, as JSON, until all have.
CREATE TABLE IF NOT EXISTS kafkabridge.row_history (
  relid    oid NOT NULL,
  -- SHA-256 of the key's values as a JSON array of texts
  key_hash bytea NOT NULL,
  -- the greatest that is in the history
  tick     bigint NOT NULL,
  history  text NOT NULL,
  PRIMARY KEY (relid, key_hash)
);
CREATE INDEX IF NOT EXISTS row_history_tick ON kafkabridge.row_history (tick);

-- A row's history has no place for a TRUNCATE, so tables with such rules refuse it; DELETE does the same and travels.
CREATE OR REPLACE FUNCTION kafkabridge.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE EXCEPTION 'table %.% can not be truncated: how its conflicts are decided needs the history of each row',
    pg_catalog.quote_ident(TG_TABLE_SCHEMA), pg_catalog.quote_ident(TG_TABLE_NAME)
    USING ERRCODE = 'feature_not_supported', HINT = 'DELETE FROM it.';
END $$;

-- Conflicts: two versions of a row of which neither writer knew the other. PostgreSQL's own columns first.
-- The spine names both transactions: the remote one is that of remote_writer at (remote_epoch, remote_commit_lsn). The local
-- one is that of local_writer at (local_epoch, local_commit_lsn) where these are known; else that with commit time
-- local_commit_ts (rounded up to its tick where it is lifted), and of this node's own with xid local_xid.
CREATE TABLE IF NOT EXISTS kafkabridge.conflict (
  relid                 oid NOT NULL,
  schemaname            text NOT NULL,
  relname               text NOT NULL,
  conflict_type         text NOT NULL,
  remote_xid            xid,
  remote_commit_lsn     pg_lsn,
  remote_commit_ts      timestamptz,
  remote_origin         text,
  replica_identity_full boolean NOT NULL DEFAULT false,
  replica_identity      jsonb,
  local_conflicts       jsonb,
  has_omitted_values    boolean NOT NULL DEFAULT false,
  id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node                  integer NOT NULL,
  resolution            text NOT NULL,
  resolver              text NOT NULL DEFAULT 'last_update_wins',
  local_tuple           jsonb,
  remote_tuple          jsonb,
  remote_writer         integer NOT NULL,
  remote_epoch          integer NOT NULL,
  remote_tick           bigint NOT NULL,
  remote_ordinal        integer NOT NULL,
  local_writer          integer NOT NULL,
  local_epoch           integer,
  local_commit_lsn      pg_lsn,
  local_commit_ts       timestamptz,
  local_tick            bigint NOT NULL,
  -- the row's xmin in this database
  local_xid             xid,
  seen_at               timestamptz NOT NULL DEFAULT clock_timestamp(),
  reviewed_by           text
);
CREATE INDEX IF NOT EXISTS conflict_seen_at ON kafkabridge.conflict (seen_at);

-- What a person decided about it and why; and whether <cluster>.conflicts has the row as it is now.
ALTER TABLE kafkabridge.conflict ADD COLUMN IF NOT EXISTS reviewed_at timestamptz, ADD COLUMN IF NOT EXISTS review text,
  ADD COLUMN IF NOT EXISTS published boolean NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS conflict_unpublished ON kafkabridge.conflict (id) WHERE NOT published;
-- By the rule error: the origin of what lost waits for these.
CREATE INDEX IF NOT EXISTS conflict_undecided ON kafkabridge.conflict (id) WHERE resolver = 'error' AND reviewed_by IS NULL;

-- Origins that stand still here until a person decides. The applier writes a row; whoever deletes it says "try again".
CREATE TABLE IF NOT EXISTS kafkabridge.halt (
  writer    integer NOT NULL PRIMARY KEY,
  -- what `tx skip` and `tx retry` take: node:epoch:lsn of a transaction, or topic/partition@offset of a record
  id        text,
  sentence  text NOT NULL,
  halted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What a person ordered this node to leave out of a writer's log. It stands in <cluster>.dlq before it stands here.
CREATE TABLE IF NOT EXISTS kafkabridge.skip (
  id            text NOT NULL PRIMARY KEY,
  writer        integer NOT NULL,
  -- a whole transaction
  epoch         integer,
  commit_lsn    pg_lsn,
  -- or one record that is not the writer's
  topic         text,
  partition     integer,
  record_offset bigint,
  reason        text NOT NULL,
  ordered_by    text NOT NULL,
  ordered_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_at       timestamptz
);

-- A commit time as a tick: 4 ms since 1970, rounded up. In SQL and C# alike.
CREATE OR REPLACE FUNCTION kafkabridge.tick(at timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (pg_catalog.round(pg_catalog.date_part('epoch', $1) * 1000000)::bigint + 3999) / 4000 $$;

-- Was the local version unknown to the incoming transaction's writer, and the incoming one unknown to the local writer?
-- vector: the ticks that the incoming writer had applied of each node; known_at: the tick from which on each node had applied
-- the incoming transaction; both a stretch of width numbers that starts after base, by node number.
CREATE OR REPLACE FUNCTION kafkabridge.concurrent(
  local_tick bigint, local_writer integer, vector bigint[], known_at bigint[], base integer, width integer)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN $2 < 0 OR $2 >= $6 THEN false
   ELSE $1 > COALESCE($3[$5 + $2 + 1], 0) AND $1 < COALESCE($4[$5 + $2 + 1], 9223372036854775807) END $$;

-- Keeps the history bounded: the newest rows, none of them too old; and those that an origin waits for.
CREATE OR REPLACE FUNCTION kafkabridge.forget_conflicts(kept bigint, oldest interval) RETURNS void LANGUAGE sql AS
$$ DELETE FROM kafkabridge.conflict WHERE id <= GREATEST(
     (SELECT pg_catalog.max(id) FROM kafkabridge.conflict) - $1,
     (SELECT id FROM kafkabridge.conflict WHERE seen_at < pg_catalog.clock_timestamp() - $2 ORDER BY seen_at DESC LIMIT 1))
   AND (resolver <> 'error' OR reviewed_by IS NOT NULL) $$;

-- Gives a table of hidden rows the columns of the table that they are of: added, dropped and changed ones.
CREATE OR REPLACE FUNCTION kafkabridge.adapt_columns(source oid, target regclass) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
  change text;
BEGIN
  FOR change IN
    SELECT CASE
      WHEN s.attname IS NULL THEN pg_catalog.format('DROP COLUMN %I', t.attname)
      WHEN t.attname IS NULL THEN pg_catalog.format('ADD COLUMN %I %s%s', s.attname, pg_catalog.format_type(s.atttypid, s.atttypmod),
        (SELECT CASE WHEN s.attgenerated = '' THEN ' DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                ELSE pg_catalog.format(' GENERATED ALWAYS AS (%s) STORED', pg_catalog.pg_get_expr(d.adbin, d.adrelid)) END
         FROM pg_catalog.pg_attrdef AS d WHERE d.adrelid = source AND d.adnum = s.attnum))
      ELSE pg_catalog.format('ALTER COLUMN %1$I TYPE %2$s USING %1$I::%2$s', s.attname, pg_catalog.format_type(s.atttypid, s.atttypmod))
      END
    FROM (SELECT * FROM pg_catalog.pg_attribute WHERE attrelid = source AND attnum > 0 AND NOT attisdropped) AS s
    FULL JOIN (SELECT * FROM pg_catalog.pg_attribute
               WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND attname NOT LIKE 'kafkabridge\_%') AS t USING (attname)
    WHERE s.attname IS NULL OR t.attname IS NULL OR s.atttypid <> t.atttypid OR s.atttypmod <> t.atttypmod
  LOOP
    EXECUTE pg_catalog.format('ALTER TABLE %s %s', target, change);
  END LOOP;
END
$$;
