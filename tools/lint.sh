#!/usr/bin/env bash
# Lints the protos, and every module that the arguments name.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build-tools.sh buf lint
tools/protos.sh
.build/tools/buf lint
.build/tools/buf format --diff --exit-code proto
linter=$PWD/.build/tools/golangci-lint
failed=()
for module in "$@" tools/openapi; do
  echo "lint $module"
  workspace=
  [[ $module == tools/* ]] && workspace=off
  (cd "$module" && GOWORK=$workspace "$linter" run ./...) || failed+=("$module")
done
if ((${#failed[@]})); then
  echo "lint failed in: ${failed[*]}" >&2
  exit 1
fi
