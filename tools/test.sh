#!/usr/bin/env bash
# Runs the tests of every module that the arguments name. Each test binary starts a
# PostgreSQL of its own; SF_POSTGRES_BIN chooses which. TEST_FLAGS adds flags.
set -euo pipefail
cd "$(dirname "$0")/.."
race=-race
if ! command -v "${CC:-cc}" >/dev/null && ! command -v gcc >/dev/null; then
  echo "no C compiler here: testing without the race detector"
  race=
fi
failed=()
for module in "$@"; do
  echo "test $module"
  # Go's cache of results sees only what is in the module, and these tests build and
  # read what is in others: sfctl, the services, the README.
  fresh=
  [[ $module == test ]] && fresh=-count=1
  # shellcheck disable=SC2086 # flags are words
  # Without vet, which lint runs on the same packages.
  (cd "$module" && go test $race $fresh -vet=off -timeout 20m ${TEST_FLAGS:-} ./...) || failed+=("$module")
done
if [[ -z ${SF_TEST_DATA:-} && ! -d ../shared/data ]]; then
  # go test does not say so of packages that pass.
  echo "skipped: the tests on real data; SF_TEST_DATA names its folder, otherwise ../shared/data"
fi
if ((${#failed[@]})); then
  echo "tests failed in: ${failed[*]}" >&2
  exit 1
fi
