#!/usr/bin/env bash
# Builds the pinned tools that the arguments name (buf, protoc, lint) into
# .build/tools, each from its own module outside the workspace. A tool that was built
# from the same go.mod already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off
out=$PWD/.build/tools
mkdir -p "$out"

for module in "$@"; do
  stamp=$out/.$module
  sum=$(cat "tools/$module/go.mod" "tools/$module/go.sum" | sha256sum)
  [[ -f $stamp && $(<"$stamp") == "$sum" ]] && continue
  echo "building the tools of tools/$module (the first time takes some minutes)"
  while read -r tool; do
    (cd "tools/$module" && go build -trimpath -o "$out/$(basename "$tool")" "$tool")
  done < <(cd "tools/$module" && go list tool)
  echo "$sum" >"$stamp"
done
