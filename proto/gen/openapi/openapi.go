// Package openapi carries the OpenAPI 3 document of StreamFlow's REST interface. It is
// made of the protos and gateway.yaml by `make generate`; the gateway serves it, and
// takes from it which methods it exposes and which parameters they have.
package openapi

import _ "embed"

// Document is the document, as JSON.
//
//go:embed streamflow.openapi.json
var Document []byte
