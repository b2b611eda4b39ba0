#!/usr/bin/env bash
# Makes every attack of test/attack/list.txt, says of each kind how many there were, and ends
# with one number. A test that fails, or that is not there any more, ends it with an error.
set -euo pipefail
cd "$(dirname "$0")/.."
export SF_ATTACK=all
log=$(mktemp)
trap 'rm -f "$log"' EXIT
total=0 failed=0
trim() { sed 's/^ *//; s/ *$//' <<<"$1"; }
while IFS= read -r line; do
  [[ -z $line || $line == \#* ]] && continue
  IFS='|' read -r what module packages tests <<<"$line"
  what=$(trim "$what") module=$(trim "$module") tests=$(trim "$tests")
  # shellcheck disable=SC2086 # packages are words
  withstood=1
  (cd "$module" && go test -count=1 -vet=off -timeout 10m -v -run "^($tests)\$" $packages) >"$log" 2>&1 || withstood=0
  of_these=0
  for test in ${tests//|/ }; do
    if ! grep -q "^--- PASS: $test " "$log"; then
      echo "FAILED: $test in $module ($packages)" >&2
      withstood=0
      continue
    fi
    # What the test logs is indented under its name, after its line of PASS or before it.
    said=$(awk -v test="$test" '/^=== (RUN|NAME|CONT) / {now = $3; sub(/\/.*/, "", now)} /attacks: [0-9]+/ && now == test {match($0, /attacks: [0-9]+/); n += substr($0, RSTART + 9, RLENGTH - 9)} END {print n + 0}' "$log")
    of_these=$((of_these + (said > 0 ? said : 1)))
  done
  ((withstood)) || { failed=1; tail -60 "$log" >&2; }
  printf '%-32s %5d\n' "$what" "$of_these"
  total=$((total + of_these))
done <test/attack/list.txt
((failed == 0)) || { echo "not every attack was withstood" >&2; exit 1; }
echo "$total attacks, each of which ended as it must, in $SECONDS s"
