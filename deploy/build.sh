#!/usr/bin/env bash
# Builds the program into artifacts/kafkabridge/ (run artifacts/kafkabridge/kafkabridge). Where librdkafka.redist isn't to be had,
# builds librdkafka from source and remembers that in src/Local.props.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
if [ ! -f src/Local.props ]; then
  probe="$(mktemp -d)"; trap 'rm -rf "$probe"' EXIT
  if ! dotnet restore src/KafkaBridge.Kafka -p:LibrdkafkaFrom=package -p:NuGetLockFilePath="$probe/packages.lock.json" \
      -p:MSBuildProjectExtensionsPath="$probe/" -p:RestoreRecursive=false >"$probe/log" 2>&1; then
    # not there at all, or not in the version that is wanted
    grep -qE 'NU110[123]|NU1603' "$probe/log" || { cat "$probe/log" >&2; exit 1; }
    printf '<Project>\n  <PropertyGroup>\n    <LibrdkafkaFrom>source</LibrdkafkaFrom>\n  </PropertyGroup>\n</Project>\n' >src/Local.props
  fi
fi
if [ -f src/Local.props ] && grep -q '>source<' src/Local.props; then deploy/librdkafka.sh; fi
# Compiled ahead of time where the compiler (microsoft.netcore.app.crossgen2) is to be had; else by the JIT, on the first minute's account.
log="$(mktemp)"
if ! dotnet publish src/KafkaBridge -c Release -o artifacts/kafkabridge --nologo -v quiet -p:PublishReadyToRun=true >"$log" 2>&1; then
  grep -qE 'NU110[123].*crossgen' "$log" || { cat "$log" >&2; exit 1; }
  dotnet publish src/KafkaBridge -c Release -o artifacts/kafkabridge --nologo -v quiet
fi
rm -f "$log"
echo "built artifacts/kafkabridge/kafkabridge"
