#!/usr/bin/env bash
# A mutation run of the resolver (src/KafkaBridge.Changes): Stryker.NET changes one expression or statement at a time, and the tests
# of KafkaBridge.Changes.Tests must tell each. What is changed: stryker-config.json beside them; the report: artifacts/mutation. Prints
# each survivor (why it may stay: src/KafkaBridge.Changes/DESIGN.md), then one summary line.
#   deploy/mutation.sh [--concurrency half the processors] [further options of dotnet-stryker, such as --mutate RowVersion.cs]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tool="$PWD/artifacts/stryker" out="$PWD/artifacts/mutation"
[ -x "$tool/dotnet-stryker" ] || dotnet tool install dotnet-stryker --version 5.1.0 --tool-path "$tool" >&2
rm -rf "$out"
restore() { # what Stryker put in the place of the built library
  local kept
  for kept in tests/KafkaBridge.Changes.Tests/bin/Release/*/*.stryker-unchanged; do
    [ ! -e "$kept" ] || mv -f "$kept" "${kept%.stryker-unchanged}"
  done
}
trap restore EXIT
# On a busy machine `dotnet --info` takes longer than Stryker waits for it by itself, and it then finds no SDK.
export DOTNET_INFO_WAIT_TIME=60000
(cd tests/KafkaBridge.Changes.Tests && "$tool/dotnet-stryker" --output "$out" --skip-version-check "$@") >&2
python3 - "$out/reports/mutation-report.json" <<'P'
import collections, json, sys
count = collections.Counter()
for path, file in sorted(json.load(open(sys.argv[1]))["files"].items()):
    lines = file["source"].splitlines()
    for mutant in sorted(file["mutants"], key=lambda one: one["location"]["start"]["line"]):
        status, start, end = mutant["status"], mutant["location"]["start"], mutant["location"]["end"]
        count[status] += 1
        if status in ("Survived", "NoCoverage"):
            last = end["column"] - 1 if end["line"] == start["line"] else None
            was = lines[start["line"] - 1][start["column"] - 1:last]
            now = " ".join(mutant["replacement"].split())
            print(f"{path[path.rfind('src/'):]}:{start['line']}: {status}: {was.strip()} -> {now}")
found, lost = count["Killed"] + count["Timeout"], count["Survived"] + count["NoCoverage"]
print(f"mutation: {found + lost} mutants, {count['Killed']} killed, {count['Timeout']} timed out, {lost} survived, "
      f"score {100 * found / max(1, found + lost):.1f} %")
P
