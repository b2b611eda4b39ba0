#!/usr/bin/env bash
# Runs every fuzz test of the modules for a time: tools/fuzz.sh 30s MODULE...
set -euo pipefail
cd "$(dirname "$0")/.."
time=$1
shift
for module in "$@"; do
  while IFS=: read -r file func; do
    echo "fuzz $module/$(dirname "$file") $func"
    (cd "$module/$(dirname "$file")" && go test -run '^$' -fuzz "^$func\$" -fuzztime "$time" .)
  done < <(cd "$module" && grep -rhoE --include='*_test.go' -H '^func Fuzz[A-Za-z0-9_]+' . | sed 's/func //')
done
