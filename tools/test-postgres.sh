#!/usr/bin/env bash
# Runs the suites that touch PostgreSQL, in the folders that the arguments name, on the
# PostgreSQL that SF_POSTGRES_BIN names; without the race detector, which `make test` runs
# them under.
set -euo pipefail
cd "$(dirname "$0")/.."
"${SF_POSTGRES_BIN:?names the folder of the PostgreSQL to test on}/postgres" --version
failed=()
for module in "$@"; do
  mapfile -t packages < <(cd "$module" && go list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' ./... |
    grep -E 'platform/(pgtest|privatepg)|clients/sfctl/devsuite' | cut -d' ' -f1)
  ((${#packages[@]})) || continue
  fresh=
  [[ $module == test* ]] && fresh=-count=1 # as in test.sh
  # shellcheck disable=SC2086 # no word where it is empty
  (cd "$module" && go test $fresh -vet=off -timeout 20m "${packages[@]}") || failed+=("$module")
done
if ((${#failed[@]})); then
  echo "tests failed in: ${failed[*]}" >&2
  exit 1
fi
