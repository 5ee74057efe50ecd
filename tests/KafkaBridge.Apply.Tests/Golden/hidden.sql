CREATE TABLE IF NOT EXISTS kafkabridge.hidden_16400 (
  LIKE "public"."seat" INCLUDING GENERATED,
  kafkabridge_tick bigint NOT NULL,
  kafkabridge_writer integer NOT NULL,
  kafkabridge_epoch integer,
  kafkabridge_commit_lsn pg_lsn,
  kafkabridge_ordinal integer,
  kafkabridge_commit_time timestamptz,
  kafkabridge_raw_before pg_lsn,
  kafkabridge_settle boolean NOT NULL,
  CONSTRAINT hidden_16400_key PRIMARY KEY ("id")
);
SELECT kafkabridge.adapt_columns(16400, 'kafkabridge.hidden_16400');
CREATE INDEX IF NOT EXISTS hidden_16400_settle ON kafkabridge.hidden_16400 (kafkabridge_tick) WHERE kafkabridge_settle;
CREATE INDEX IF NOT EXISTS hidden_16400_16404 ON kafkabridge.hidden_16400 USING btree (place);
CREATE INDEX IF NOT EXISTS hidden_16400_16405 ON kafkabridge.hidden_16400 USING btree (lower(guest), held) WHERE held;
