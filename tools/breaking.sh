#!/usr/bin/env bash
# Fails if the protos break what the commit before promised to its callers.
set -euo pipefail
cd "$(dirname "$0")/.."
against=${1:-HEAD~1}
known() { git rev-parse --quiet --verify "$against^{commit}" >/dev/null; }
if ! known && [[ $(git rev-parse --is-shallow-repository) == true ]]; then
  git fetch --quiet --deepen=1 2>/dev/null || true
  if ! known; then
    echo "NOT CHECKED: $against is not in this shallow clone, and cannot be fetched; check out with history (git fetch --unshallow)" >&2
    exit 0
  fi
fi
if ! known; then
  echo "there is no commit before this one: nothing to break"
  exit 0
fi
if ! git cat-file -e "$against:buf.yaml" 2>/dev/null; then
  echo "no protos at $against: nothing to break"
  exit 0
fi
tools/build-tools.sh buf
tools/protos.sh
previous=.build/previous
rm -rf "$previous" && mkdir -p "$previous"
git archive "$against" buf.yaml proto | tar -x -C "$previous"
tools/protos.sh "$previous/.build/protovalidate"
.build/tools/buf breaking --against "$previous"
echo "the protos break nothing that $against promised"
