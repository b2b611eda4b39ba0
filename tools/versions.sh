#!/usr/bin/env bash
# Fails unless every binary would be made of the same versions with the workspace and
# without, every go.mod is tidy, and every binary in BIN is static.
#   tools/versions.sh BIN "SERVICE..." MODULE...
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
services=$2
shift 2
failed=0

# versions of one main package: module and version of everything in it but our own.
versions() {
  CGO_ENABLED=0 GOWORK=$1 go -C "$2" list -deps -f '{{with .Module}}{{.Path}} {{.Version}}{{end}}' "$3" |
    grep -v streamflow/streamflow | sort -u
}

targets=("clients/sfctl ./cmd/sfctl")
for s in $services; do targets+=("services/$s ./cmd/${s}d"); done
for target in "${targets[@]}"; do
  read -r dir pkg <<<"$target"
  if ! diff <(versions "" "$dir" "$pkg") <(versions off "$dir" "$pkg"); then
    echo "$dir: the workspace (<) and the module alone (>) build of different versions: run 'go work sync'" >&2
    failed=1
  fi
done
for binary in "$bin"/*; do
  if command -v file >/dev/null && ! file "$binary" | grep -Eq 'statically linked|Mach-O'; then
    echo "$binary is not static" >&2
    failed=1
  fi
done
for module in "$@" tools/openapi tools/buf tools/protoc tools/lint; do
  if ! GOWORK=off go -C "$module" mod tidy -diff; then
    echo "$module: go.mod or go.sum is untidy: run 'GOWORK=off go mod tidy' there" >&2
    failed=1
  fi
done
((failed == 0)) && echo "every binary is made of the same versions with the workspace and without"
exit "$failed"
