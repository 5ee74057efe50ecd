#!/usr/bin/env bash
# Installs what the tests need (Debian, as root), builds, and runs every test. Arguments go on to `dotnet test`.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
missing=()
[ -x /usr/lib/postgresql/15/bin/postgres ] || missing+=(postgresql-15 postgresql-contrib)
command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
command -v npm >/dev/null || missing+=(npm)
command -v kcat >/dev/null || missing+=(kcat)
command -v python3 >/dev/null || missing+=(python3)
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "test.sh: install ${missing[*]} first (or run as root)" >&2; exit 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null || { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }
fi
for version in 15 18; do deploy/postgres.sh "$version" >/dev/null; done
deploy/build.sh
dotnet test KafkaBridge.sln -c Release --nologo --logger 'console;verbosity=normal' "$@"
