CREATE TABLE IF NOT EXISTS kafkabridge.tombstone_16384 (
  k1 bigint NOT NULL,
  k2 text NOT NULL,
  tick bigint NOT NULL,
  writer integer NOT NULL,
  epoch integer NOT NULL,
  commit_lsn pg_lsn NOT NULL,
  ordinal integer NOT NULL,
  CONSTRAINT tombstone_16384_key PRIMARY KEY (k1, k2)
);
CREATE INDEX IF NOT EXISTS tombstone_16384_tick ON kafkabridge.tombstone_16384 (tick);
