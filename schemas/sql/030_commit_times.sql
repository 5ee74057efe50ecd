-- A row's version is read off the commit time of its xmin, and PostgreSQL may forget that: of every row while track_commit_timestamp
-- is off, of frozen ones when vacuum truncates what it keeps. Of rows that nothing still to come is below, that is no loss.

ALTER TABLE kafkabridge.node
  -- what transactions with older ids wrote is at or below the horizon; while its own commit time can be read, no younger one's is lost
  ADD COLUMN IF NOT EXISTS mark xid,
  -- the transaction that noticed a loss; null: nothing is lost
  ADD COLUMN IF NOT EXISTS lost_xid xid,
  -- the youngest that had applied anything by then: what a younger one wrote without commit time is of this node's own sessions
  ADD COLUMN IF NOT EXISTS lost_applied xid,
  -- own transactions that committed before it are to note their versions, and nothing else is applied; null: they have
  ADD COLUMN IF NOT EXISTS lost_before pg_lsn,
  -- no row without commit time is above it that lost_applied or an older one wrote
  ADD COLUMN IF NOT EXISTS lost_tick bigint,
  -- nor any other above this one, once lost_before is null
  ADD COLUMN IF NOT EXISTS lost_until bigint;

-- Have commit times been lost since anyone last looked?
CREATE OR REPLACE FUNCTION kafkabridge.is_loss_unnoticed(n kafkabridge.node) RETURNS boolean LANGUAGE sql AS
$$
  SELECT n.mark IS NOT NULL AND pg_catalog.pg_xact_commit_timestamp(COALESCE(n.lost_xid, n.mark)) IS NULL
$$;

-- May a change that is still to come meet a row whose version is not known?
CREATE OR REPLACE FUNCTION kafkabridge.has_unknown_versions(n kafkabridge.node) RETURNS boolean LANGUAGE sql AS
$$
  SELECT n.lost_before IS NOT NULL OR n.lost_until > n.horizon OR kafkabridge.is_loss_unnoticed(n)
$$;

-- Of a row without commit time and override: may it be above a change with this tick? Null, for this node's own change: may
-- another node have written it?
CREATE OR REPLACE FUNCTION kafkabridge.is_unknown(row_xmin xid, tick bigint) RETURNS boolean LANGUAGE plpgsql AS
$$
DECLARE
  n kafkabridge.node;
BEGIN
  -- Almost always: it is older than the mark that the session found when it began.
  IF NOT pg_catalog.age(row_xmin)
    BETWEEN 0 AND pg_catalog.age(NULLIF(pg_catalog.current_setting('kafkabridge.mark', true), '')::xid) THEN
    RETURN false;
  END IF;
  SELECT k.* INTO n FROM kafkabridge.node AS k;
  IF NOT COALESCE(pg_catalog.age(row_xmin) BETWEEN 0 AND pg_catalog.age(n.mark), false) THEN
    RETURN false;
  ELSIF kafkabridge.is_loss_unnoticed(n) THEN
    -- Nobody has noticed yet; whoever tries again does.
    RAISE EXCEPTION 'commit times of rows have been lost' USING ERRCODE = 'serialization_failure';
  ELSIF n.lost_xid IS NULL THEN
    RETURN false; -- frozen so long ago that its xid was given again
  ELSIF tick IS NULL THEN
    RETURN pg_catalog.age(row_xmin) >= pg_catalog.age(n.lost_applied);
  END IF;
  RETURN COALESCE(
    tick <= CASE WHEN pg_catalog.age(row_xmin) >= pg_catalog.age(n.lost_applied) THEN n.lost_tick ELSE n.lost_until END, true);
END
$$;

-- While own transactions note their versions: is the row of this one, or of a later one that notes its own in turn?
CREATE OR REPLACE FUNCTION kafkabridge.is_lost_own(row_xmin xid, source_xid xid, tick bigint) RETURNS boolean LANGUAGE plpgsql AS
$$
DECLARE
  n record;
BEGIN
  SELECT k.mark, k.lost_applied INTO n FROM kafkabridge.node AS k;
  IF pg_catalog.pg_xact_commit_timestamp(row_xmin) IS NOT NULL
    OR NOT COALESCE(pg_catalog.age(row_xmin) BETWEEN 0 AND pg_catalog.age(n.mark), false) THEN
    RETURN false;
  ELSIF row_xmin = source_xid OR pg_catalog.age(row_xmin) < pg_catalog.age(n.lost_applied) THEN
    RETURN true;
  END IF;
  -- It may be of a subtransaction: unknown, and not above this one, if so.
  UPDATE kafkabridge.node AS k SET lost_tick = is_lost_own.tick
  WHERE k.lost_tick < is_lost_own.tick AND pg_catalog.age(source_xid) >= pg_catalog.age(n.lost_applied);
  RETURN false;
END
$$;

-- The tick of a row without commit time that holds a unique value: it has to be put in order with others that claim it.
CREATE OR REPLACE FUNCTION kafkabridge.holder_tick(row_xmin xid, relation oid, key text) RETURNS bigint LANGUAGE plpgsql AS
$$
BEGIN
  IF NOT kafkabridge.is_unknown(row_xmin, -1) THEN
    RETURN 0;
  ELSIF NOT kafkabridge.is_unknown(row_xmin, NULL) AND EXISTS (SELECT FROM kafkabridge.node AS k WHERE k.lost_before IS NOT NULL) THEN
    RETURN 9223372036854775807; -- a user took the value while it was free, and has yet to note when
  END IF;
  RAISE EXCEPTION 'row % of % has a unique value that another row claims, and it is not known which is later: commit times were lost. '
    'Write the row once more', key, relation::regclass
    USING ERRCODE = 'object_not_in_prerequisite_state';
END
$$;
