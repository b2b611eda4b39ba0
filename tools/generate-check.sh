#!/usr/bin/env bash
# Fails if what is committed is not what `make generate` makes.
set -euo pipefail
cd "$(dirname "$0")/.."
generated=(proto/gen docs/reference/dataset.md docs/reference/errors.md docs/reference/sfctl.md docs/reference/manifest.md docs/reference/manifest.schema.json)
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp -r --parents "${generated[@]}" "$before"
tools/generate.sh
for path in "${generated[@]}"; do
  if ! diff -r "$before/$path" "$path"; then
    echo "$path was stale: run 'make generate' and commit what it made" >&2
    exit 1
  fi
done
echo "generated code and pages are what 'make generate' makes"
