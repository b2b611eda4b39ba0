package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// additions is a part of an OpenAPI 3 document: the event stream and the messages in
// it, which the REST mapping does not reach, the problem document, and the headers.
// A test of the gateway holds the messages against the protos.
//
//go:embed additions.json
var additions []byte

const (
	startRun     = "OrchestratorService_StartRun"
	applyDataset = "OrchestratorService_ApplyDataset"
	component    = "#/components/"
)

// add merges the additions into the document and refers to them from every operation.
func add(doc *openapi3.T) error {
	var extra openapi3.T
	if err := json.Unmarshal(additions, &extra); err != nil {
		return fmt.Errorf("read additions.json: %w", err)
	}
	for path, item := range extra.Paths.Map() {
		if doc.Paths.Value(path) != nil {
			return fmt.Errorf("additions.json: path %s is in the swagger already", path)
		}
		doc.Paths.Set(path, item)
	}
	for name := range extra.Components.Schemas {
		if _, ok := doc.Components.Schemas[name]; ok {
			return fmt.Errorf("additions.json: schema %s is in the swagger already", name)
		}
	}
	maps.Copy(doc.Components.Schemas, extra.Components.Schemas)
	doc.Components.Responses = extra.Components.Responses
	doc.Components.Parameters = extra.Components.Parameters
	doc.Components.Headers = extra.Components.Headers
	return everyOperation(doc)
}

func everyOperation(doc *openapi3.T) error {
	started := false
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			op.Parameters = append(op.Parameters, parameter("RequestId"))
			op.Security = openapi3.NewSecurityRequirements() // none: whoever reaches the gateway may call it
			if op.RequestBody != nil {
				op.RequestBody.Value.Extensions = nil // the converter's note of the Swagger name
			}
			op.Responses.Set("default", &openapi3.ResponseRef{Ref: component + "responses/Problem"})
			if op.OperationID == applyDataset {
				alsoYAML(op)
			}
			if op.OperationID == startRun {
				accepted(op)
				started = true
			}
		}
	}
	if !started {
		return fmt.Errorf("no operation %s in the swagger", startRun)
	}
	return nil
}

// alsoYAML says that a dataset is taken as it is written as well.
func alsoYAML(op *openapi3.Operation) {
	if op.RequestBody != nil {
		content := op.RequestBody.Value.Content
		content["application/yaml"] = content["application/json"]
	}
}

// accepted says what the gateway answers to a started run: 202, where to look, and
// that the request may be sent again under its key.
func accepted(op *openapi3.Operation) {
	ok := strconv.Itoa(http.StatusOK)
	response := op.Responses.Value(ok)
	op.Responses.Delete(ok)
	description := "The run was queued, or the one that is queued or running already was found."
	response.Value.Description = &description
	response.Value.Headers = openapi3.Headers{"Location": {Ref: component + "headers/Location"}}
	op.Responses.Set(strconv.Itoa(http.StatusAccepted), response)
	op.Parameters = append(op.Parameters, parameter("IdempotencyKey"))
}

func parameter(name string) *openapi3.ParameterRef {
	return &openapi3.ParameterRef{Ref: component + "parameters/" + name}
}
