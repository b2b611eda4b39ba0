#!/usr/bin/env bash
# Makes everything that is generated: Go code and OpenAPI of the protos, and the
# reference pages. Needs the Go module proxy and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build-tools.sh buf protoc
tools/protos.sh
export PATH=$PWD/.build/tools:$PATH

rm -rf proto/gen/go .build/openapiv2
buf generate
(cd tools/openapi && GOWORK=off go run . -in ../../.build/openapiv2/streamflow.swagger.json -out ../../proto/gen/openapi/streamflow.openapi.json)
go run ./platform/problem/errordoc >docs/reference/errors.md
go run ./clients/sfctl/cmd/sfctl reference >docs/reference/sfctl.md
go run ./dataset/manifest/manifestdoc >docs/reference/manifest.md
go run ./dataset/manifest/manifestdoc -schema >docs/reference/manifest.schema.json
buf build -o .build/protos.binpb
go run ./dataset/reference/datasetdoc <.build/protos.binpb >docs/reference/dataset.md
