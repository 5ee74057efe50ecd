#!/usr/bin/env bash
# Long campaigns on real PostgreSQL and real Kafka; each prints one summary line.
#   deploy/campaign.sh versions [--seconds 60] [--scale 10] [--version 14 to 18; else all and 14 with 18]
#   deploy/campaign.sh kills [--times 100] [--seed 1] [--nodes 2] [--version 15]
#   deploy/campaign.sh brokers [--seconds 60] [--scale 10] [--kills 6] [--seed 1]
#   deploy/campaign.sh retention [--mebibytes 500] [--rate 10, MiB a second; 0: as fast as one session can] [--version 15]
#   deploy/campaign.sh away [--runs 5] [--seconds 15] [--scale 10]
#   deploy/campaign.sh memory [--rows 1000000] [--mebibytes 20] [--version 15]
#   deploy/campaign.sh types
#   deploy/campaign.sh simulate [FIRST SEED] [LAST SEED]     without any server: histories of the conflict rules, model against oracle
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${1:-}" = simulate ]; then
  exec dotnet run --project tests/KafkaBridge.SimulationTests -c Release -- "$@"
fi

[ -x artifacts/kafkabridge/kafkabridge ] || deploy/build.sh
exec dotnet run --project tests/KafkaBridge.Campaigns -c Release -- "$@"
