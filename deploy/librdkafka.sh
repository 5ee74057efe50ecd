#!/usr/bin/env bash
# Builds librdkafka.so from the sources inside the npm package @confluentinc/kafka-javascript, into artifacts/librdkafka/.
# Only needed where the NuGet package librdkafka.redist cannot be had; deploy/build.sh decides that. Does nothing if it is built.
# With --tests, builds its test suite into artifacts/librdkafka/tests/ instead.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
version=2.15.1 package=@confluentinc/kafka-javascript@1.10.1
out="$root/artifacts/librdkafka" made=librdkafka.so
if [ "${1:-}" = --tests ]; then made=tests/test-runner; fi
if [ -f "$out/$made" ]; then exit 0; fi

missing=()
for p in libssl-dev libzstd-dev zlib1g-dev gcc g++ make python3; do
  dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "librdkafka.sh: install ${missing[*]} first (or run as root)" >&2; exit 1; }
  apt-get install -y --no-install-recommends "${missing[@]}" || { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }
fi

work="$(mktemp -d)"; trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "$package" >/dev/null
tar xzf ./*.tgz
cd package/deps/librdkafka
found="$(sed -n 's/^#define RD_KAFKA_VERSION  *\(0x[0-9a-f]*\).*/\1/p' src/rdkafka.h)"
[ "$found" = "$(printf '0x%02x%02x%02xff' ${version//./ })" ] || { echo "librdkafka.sh: $package holds $found, not $version" >&2; exit 1; }
chmod +x configure lds-gen.py
./configure --disable-gssapi --disable-curl --enable-ssl --enable-zstd --disable-lz4-ext >"$work/configure.out" 2>&1 || { tail -30 "$work/configure.out" >&2; exit 1; }
if [ "$made" = tests/test-runner ]; then
  { make -C src -j2 && make -C src-cpp -j2 && make -C tests -j2 test-runner; } >"$work/make.out" 2>&1 || { tail -30 "$work/make.out" >&2; exit 1; }
  mkdir -p "$out/tests"
  cp -L src/librdkafka.so.1 src-cpp/librdkafka++.so.1 tests/test-runner "$out/tests/"
  cp -r tests/fixtures "$out/tests/"
  echo "built $out/tests/test-runner"
  exit 0
fi
make -C src -j2 librdkafka.so.1 >"$work/make.out" 2>&1 || { tail -30 "$work/make.out" >&2; exit 1; }
mkdir -p "$out"
cp -L src/librdkafka.so.1 "$out/.new.$$" && mv "$out/.new.$$" "$out/librdkafka.so"
echo "built $out/librdkafka.so"
