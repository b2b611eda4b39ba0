#!/usr/bin/env bash
# Lints the OpenAPI document with Redocly and Spectral, the linters of those who make
# clients of it. They come from npm, pinned, into .build; without npm it says so, and fails in CI.
set -euo pipefail
cd "$(dirname "$0")/.."
document=$PWD/proto/gen/openapi/streamflow.openapi.json
if ! command -v npm >/dev/null; then
  echo "NOT CHECKED: the linters of OpenAPI need npm" >&2
  [[ -z ${CI:-} ]]
  exit
fi
work=.build/openapi-lint
mkdir -p "$work"
cp tools/openapi-lint/{package.json,package-lock.json,redocly.yaml,.spectral.yaml} "$work/"
cd "$work"
sum=$(sha256sum package-lock.json)
if [[ ! -f .installed || $(<.installed) != "$sum" ]]; then
  echo "installing the linters of OpenAPI from npm (the first time takes a minute)"
  npm ci --ignore-scripts --no-audit --no-fund --silent
  echo "$sum" >.installed
fi
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
npx --no-install redocly lint --config redocly.yaml "$document"
npx --no-install spectral lint --ruleset .spectral.yaml --fail-severity warn "$document"
