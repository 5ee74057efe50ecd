CREATE OR REPLACE FUNCTION kafkabridge.settle(
  tick bigint, writer integer, own integer, at timestamptz, adopted_at timestamptz, me xid)
RETURNS void LANGUAGE plpgsql AS $kafkabridge$
BEGIN
  IF pg_catalog.current_setting('kafkabridge.unsettled', true) = 'on' THEN
    PERFORM kafkabridge.settle_16400(tick, writer, own, at, adopted_at, me);
  END IF;
END
$kafkabridge$;
