#!/usr/bin/env bash
# The whole system (two servers, Kafka, a bridge process each) and PostgreSQL's own logical replication (two stock servers), back to
# back on the same workloads: a table of medians and one JSON line for each. Without names: all of W1 W2 W3A W3B W3C W3D W4 to W11.
#   deploy/bench.sh [W3A ...] [--runs 1] [--version 15] [--seconds 60] [--streaming-off 1] [--idle-tables 0]
# On the embedded broker where KAFKABRIDGE_TEST_KAFKA=embedded; --streaming-off is native's (its default is off before PostgreSQL 18);
# --idle-tables: so many more tables at the bridge's nodes, which nobody writes to.
# Or the embedded broker beside Apache Kafka: throughput, time to listening, idle memory.
#   deploy/bench.sh brokers [--runs 3] [--records 2000000]
# Or codec, framer and resolver alone, by BenchmarkDotNet.
#   deploy/bench.sh micro ['*Codec*']
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -x artifacts/kafkabridge/kafkabridge ] || deploy/build.sh
echo "commit $(git rev-parse --short HEAD), $(nproc) processors ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)), load $(cut -d' ' -f1 /proc/loadavg)"
exec dotnet run --project tests/KafkaBridge.Benchmarks -c Release -- "$@"
