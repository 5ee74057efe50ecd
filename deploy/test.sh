#!/usr/bin/env bash
# Installs what the tests need (Debian, as root), builds, and runs every test. Arguments go on to `dotnet test`.
# Kafka is what KAFKABRIDGE_TEST_KAFKA names (host:port, or embedded for our own broker); else Apache Kafka from ../shared/kafka, and
# then the tests of the bridge once more on our own broker; else our own broker alone.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
missing=()
[ -x /usr/lib/postgresql/15/bin/postgres ] || missing+=(postgresql-15 postgresql-contrib)
command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
command -v npm >/dev/null || missing+=(npm)
command -v kcat >/dev/null || missing+=(kcat)
/usr/bin/python3 -c 'import kafka' 2>/dev/null || missing+=(python3 python3-kafka)
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "test.sh: install ${missing[*]} first (or run as root)" >&2; exit 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null || { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }
fi
for version in 15 18; do deploy/postgres.sh "$version" >/dev/null; done
deploy/clients.sh
deploy/build.sh
# Hundreds of short runs of the program: a tenth of all time went into compiling anew what is soon over, another into keeping
# what is compiled either writable or executable.
export DOTNET_TC_CallCountingDelayMs=1000 DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0
# Nor is a test's Kafka worth the JVM's second compiler: four processor seconds a start.
export KAFKA_HEAP='-Xms128m -Xmx512m -XX:TieredStopAtLevel=1'
# A test that waits for the others to catch up waits for the next heartbeat.
export KAFKABRIDGE__HEARTBEAT=250ms
log="$(mktemp)"; other="$(mktemp)"
# What failed is said once more at the end, where it is looked for first.
trap 'code=$?; if [ "$code" != 0 ]; then echo "failed:"; grep -h -A 12 "^  Failed " "$log" "$other" || true; fi; rm -f "$log" "$other"' EXIT
dotnet test KafkaBridge.sln -c Release --nologo --logger 'console;verbosity=normal' "$@" 2>&1 | tee "$log"
if [ -z "${KAFKABRIDGE_TEST_KAFKA:-}" ] && [ -x ../shared/kafka/kafka-local ]; then
  echo "the tests of the bridge that need a Kafka, on our own broker"
  export KAFKABRIDGE_TEST_KAFKA=embedded
  again=(-c Release --no-build --nologo --logger 'console;verbosity=normal')
  [ $# -gt 0 ] || again+=(--filter 'Kafka!=none')
  dotnet test tests/KafkaBridge.Kafka.Tests "${again[@]}" "$@" >"$other" 2>&1 & # waits for brokers that are away, most of its time
  waiting=$!
  failed=0
  dotnet test tests/KafkaBridge.IntegrationTests "${again[@]}" "$@" 2>&1 | tee "$log" || failed=1
  wait "$waiting" || failed=1
  cat "$other"
  exit "$failed"
fi
