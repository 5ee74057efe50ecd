#!/usr/bin/env bash
# Writes a row in each region and waits until every region has all three.
set -euo pipefail
regions=(eu us ap)
for region in "${regions[@]}"; do
  psql -qh "postgres-$region" -v ON_ERROR_STOP=1 -c "INSERT INTO crossings VALUES ('$region', clock_timestamp())
    ON CONFLICT (region) DO UPDATE SET written_at = excluded.written_at"
done
for region in "${regions[@]}"; do
  deadline=$((SECONDS + 60))
  until [ "$(psql -qAth "postgres-$region" -c 'SELECT count(*) FROM crossings')" = 3 ]; do
    [ $SECONDS -lt $deadline ] || { echo "no row of every region at $region within 60 s: docker compose logs bridge-$region" >&2; exit 1; }
    sleep 0.2
  done
  echo "$region has the rows of ${regions[*]}"
done
