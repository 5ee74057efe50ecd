#!/usr/bin/env bash
# Long campaigns on real PostgreSQL and real Kafka; each prints one summary line.
#   deploy/campaign.sh versions [--seconds 60] [--scale 10] [--version 14 to 18; else all and 14 with 18]
#   deploy/campaign.sh kills [--times 100] [--seed 1] [--nodes 2] [--version 15]
#   deploy/campaign.sh brokers [--seconds 60] [--scale 10] [--kills 6] [--seed 1]
#   deploy/campaign.sh partition [--nodes 2] [--seconds 60] [--rate 300, transactions a second on each node] [--version 15]
#   deploy/campaign.sh retention [--mebibytes 500] [--rate 10, MiB a second; 0: as fast as one session can] [--version 15]
#   deploy/campaign.sh away [--runs 5] [--seconds 15] [--scale 10]
#   deploy/campaign.sh memory [--rows 1000000] [--mebibytes 20] [--version 15]
#   deploy/campaign.sh types
#   deploy/campaign.sh librdkafka [--kafka] [--parallel 4]     its own test suite on the embedded broker
#   deploy/campaign.sh broker-kills [--times 100] [--records 1000000] [--seed 1]     kill -9 of the embedded broker, with and without power loss
#   deploy/campaign.sh broker-fuzz [--frames 10000000] [--seed 1]     malformed frames and batches
#   deploy/campaign.sh agreement [--histories 2000] [--seed 1] [--version 15]     unique values and local writes: model against SQL
#   deploy/campaign.sh agreement rules [--histories 2000] [--seed 1] [--version 15]     the same for rules that need a row's history
#   deploy/campaign.sh simulate [FIRST SEED] [LAST SEED]     without any server: histories of the conflict rules, model against oracle
#   deploy/campaign.sh small rows|rules [CHANGES] [SEEDS] [KEYS] [--from PART] [--to PART] [--rule NAME]     the same, every history
#     of up to 5 changes, and seeds of 6; what ended early goes on from the part after the last that it named
#   deploy/campaign.sh mutants [LAST SEED]     the same, each planted fault with the first seed that shows it
#   deploy/campaign.sh mutation [--concurrency 2]     every expression of the resolver changed in turn, by Stryker.NET: what no test tells
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ "${1:-}" =~ ^(simulate|small|mutants)$ ]]; then
  exec dotnet run --project tests/KafkaBridge.SimulationTests -c Release -- "$@"
fi

case "${1:-}" in
  librdkafka) shift; exec deploy/librdkafka-tests.sh "$@" ;;
  mutation) shift; exec deploy/mutation.sh "$@" ;;
esac

broker_tests() { # name of the tests, then --option number pairs, which the tests read as KAFKABRIDGE_TEST_OPTION
  local filter="$1"; shift
  while [ $# -gt 1 ]; do
    local name="${1#--}"; export "KAFKABRIDGE_TEST_${name^^}=$2"; shift 2
  done
  dotnet test tests/KafkaBridge.Broker.Tests -c Release --nologo --filter "FullyQualifiedName~$filter" --logger 'console;verbosity=detailed'
}
[ -x artifacts/kafkabridge/kafkabridge ] || deploy/build.sh
case "${1:-}" in
  broker-kills) shift; broker_tests KillTests --times 100 --records 1000000 "$@"; exit ;;
  broker-fuzz) shift; broker_tests FuzzTests --frames 10000000 "$@"; exit ;;
esac
exec dotnet run --project tests/KafkaBridge.Campaigns -c Release -- "$@"
