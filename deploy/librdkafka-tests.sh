#!/usr/bin/env bash
# librdkafka's own test suite against the embedded broker: every test of tests/KafkaBridge.Broker.Tests/librdkafka.txt must pass.
# With --kafka, against the Apache Kafka of ../shared/kafka, to see what belongs on that list. One summary line.
# The share-group tests are left out. A test that fails among the others is run once more alone: many of them measure time.
#   deploy/librdkafka-tests.sh [--kafka] [--parallel 4]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
on=embedded parallel=4
while [ $# -gt 0 ]; do
  case "$1" in
    --kafka) on=kafka; shift ;;
    --parallel) parallel="$2"; shift 2 ;;
    *) sed -n '2,6p' "$0" >&2; exit 2 ;;
  esac
done
"$root/deploy/librdkafka.sh" --tests
work="$(mktemp -d)" port=$((20000 + RANDOM % 10000))
broker=""
finish() {
  if [ -n "$broker" ]; then kill "$broker" 2>/dev/null || true; wait "$broker" 2>/dev/null || true; fi
  if [ "$on" = kafka ]; then "$root/../shared/kafka/kafka-local" stop --data "$work/kafka" --signal KILL || true; fi
  rm -rf "$work"
}
trap finish EXIT
if [ "$on" = kafka ]; then
  "$root/../shared/kafka/kafka-local" start --data "$work/kafka" --port "$port" --set auto.create.topics.enable=true --set num.partitions=4 >/dev/null
else
  [ -x "$root/artifacts/kafkabridge/kafkabridge" ] || "$root/deploy/build.sh"
  "$root/artifacts/kafkabridge/kafkabridge" broker --listen "127.0.0.1:$port" --data "$work/data" --default-partitions 4 >"$work/broker.out" 2>&1 &
  broker=$!
  for _ in $(seq 100); do grep -q 'listening on' "$work/broker.out" && break; sleep 0.1; done
fi
printf 'metadata.broker.list=127.0.0.1:%s\ntest.timeout.multiplier=3\n' "$port" >"$work/test.conf"
# Skipped by number: what comes after the name of the share groups in Kafka, KIP-932.
skip="$(seq -s, -f '%04g' 170 186),0190"
run() { # log file, arguments of the runner
  local log="$1"; shift
  (cd "$root/artifacts/librdkafka/tests" && TESTS_SKIP="$skip" RDKAFKA_TEST_CONF="$work/test.conf" LD_LIBRARY_PATH=. TEST_KAFKA_VERSION=4.3.1 \
    timeout 1800 ./test-runner "$@" -Q -L >"$log" 2>&1) || true # its end says "failed" for threads that outlive a failed test, too
  grep -aoE 'Test [0-9a-zA-Z_]+ PASSED' "$log" | cut -d' ' -f2 | sort -u >>"$work/passed" || true
}
run "$work/all.log" "-p$parallel"
list="$root/tests/KafkaBridge.Broker.Tests/librdkafka.txt"
for name in $(comm -23 <(sort -u "$list") <(sort -u "$work/passed")); do
  TESTS="$name" run "$work/$name.log" -p1
done
sort -u "$work/passed" -o "$work/passed"
missing="$(comm -23 <(sort -u "$list") "$work/passed")"
more="$(comm -13 <(sort -u "$list") "$work/passed" | paste -sd' ')"
echo "librdkafka on $on: $(comm -12 <(sort -u "$list") "$work/passed" | wc -l) of $(wc -l <"$list") on the list passed${more:+; not on it and passed: $more}"
if [ -n "$missing" ]; then
  for name in $missing; do
    echo "not passed: $name"
    grep -ahE "### Test \"$name.*failed" -A1 "$work/all.log" "$work/$name.log" | tail -2 || true
  done
  exit 1
fi
