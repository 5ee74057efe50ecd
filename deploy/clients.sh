#!/usr/bin/env bash
# Brings the JavaScript clients that the tests run beside our own: a Kafka client, its registry client, Avro, and zstd for the
# first; into artifacts/clients. Does nothing if they are there.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
packages=(kafkajs@2.2.4 @kafkajs/confluent-schema-registry@4.1.0 avsc@5.7.9 fzstd@0.1.1)
target="$root/artifacts/clients"
if [ "$(cat "$target/pinned" 2>/dev/null || true)" = "${packages[*]}" ]; then exit 0; fi
mkdir -p "$target"
npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "$target" "${packages[@]}"
echo "${packages[*]}" >"$target/pinned"
