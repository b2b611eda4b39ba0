#!/usr/bin/env bash
# Puts the proto of protovalidate's rules where buf.yaml looks for it. It lies in a Go
# module, so the module proxy and its checksums carry it; no registry of protos is
# asked, and nothing of it is committed. $1: the folder, .build/protovalidate by default.
set -euo pipefail
cd "$(dirname "$0")/.."
into=${1:-.build/protovalidate}
version=v1.2.2
sum=h1:2H/9/Kr97etSRqW3IJjTTb09z+zutkK2GDhDRbOnqr4=
answer=$(cd tools/protoc && GOWORK=off go mod download -json "github.com/bufbuild/protovalidate@$version")
field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" <<<"$answer"; }
if [[ $(field Sum) != "$sum" ]]; then
  echo "protovalidate $version has the checksum $(field Sum), want $sum" >&2
  exit 1
fi
module=$(field Dir)
mkdir -p "$into/buf/validate"
install -m 644 "$module/proto/protovalidate/buf/validate/validate.proto" "$into/buf/validate/validate.proto"
