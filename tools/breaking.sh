#!/usr/bin/env bash
# Fails if the protos break what was promised to callers: by the newest tag, or, where
# nothing was released yet, by the commit that the change began from. On main itself
# that is the first commit that has protos: until there is a release, nothing that was
# ever there is taken away.
#   tools/breaking.sh [COMMIT]    compares with COMMIT instead
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ $(git rev-parse --is-shallow-repository) == true ]] && ! git fetch --quiet --unshallow --tags 2>/dev/null; then
  echo "NOT CHECKED: this clone is shallow and cannot be completed; check out with history (git fetch --unshallow)" >&2
  exit 0
fi

# base is the commit whose promises count.
base() {
  git describe --tags --abbrev=0 2>/dev/null && return
  local began
  began=$(git merge-base HEAD origin/main 2>/dev/null || true)
  if [[ -n $began && $began != $(git rev-parse HEAD) ]]; then
    echo "$began"
    return
  fi
  git log --diff-filter=A --format=%H -- buf.yaml | tail -1
}

against=${1:-$(base)}
if [[ -z $against || $(git rev-parse "$against^{commit}") == $(git rev-parse HEAD) ]]; then
  echo "there is no commit before this one with protos: nothing to break"
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
