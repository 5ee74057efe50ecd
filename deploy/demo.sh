#!/usr/bin/env bash
# From a fresh machine to a row that crosses both ways: builds the program, brings a PostgreSQL where none is installed, and runs
# `kafkabridge demo`. Arguments go on to it: --exit-after-proof, --plain, --kafka HOST:PORT.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
[ -x "$root/artifacts/kafkabridge/kafkabridge" ] || "$root/deploy/build.sh"
installed=(/usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb)
postgres=()
if ! command -v initdb >/dev/null && ! ls "${installed[@]}" >/dev/null 2>&1; then
  postgres=(--postgres "$("$root/deploy/postgres.sh" 18)")
fi
exec "$root/artifacts/kafkabridge/kafkabridge" demo "${postgres[@]}" "$@"
