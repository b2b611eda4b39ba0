package main

import (
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// inLines are the streams that REST answers with one JSON document per line, and the
// message of each line.
var inLines = map[string]string{
	"SnapshotService_Verify":          "streamflow.snapshot.v1.VerifyResponse",
	diff:                              "streamflow.snapshot.v1.DiffResponse",
	"OrchestratorService_ExportAudit": "streamflow.orchestrator.v1.ExportAuditResponse",
}

// diff is the one of them that is CSV as well, where the client asks for that.
const diff = "SnapshotService_Diff"

// notInLines are the fields of such a message that no line has.
var notInLines = []string{"progress", "rows"}

// mediaLines is the type of an answer of which each line is a JSON document.
const mediaLines = "application/x-ndjson"

// lines is the answer that has a line for each message of a stream. Progress is for who
// waits at a terminal, and not among them; rows that come some at a time are a line each.
func lines(doc *openapi3.T, op *openapi3.Operation) {
	name := inLines[op.OperationID]
	for _, field := range notInLines {
		delete(doc.Components.Schemas[name].Value.Properties, field)
	}
	description := "One JSON document per line, as it is found. The last one is the result: without it the answer was cut off."
	content := openapi3.Content{mediaLines: openapi3.NewMediaType().WithSchemaRef(openapi3.NewSchemaRef(component+"schemas/"+name, nil))}
	if op.OperationID == diff {
		content["text/csv"] = openapi3.NewMediaType().WithSchema(openapi3.NewStringSchema())
	}
	only(op, http.StatusOK, &openapi3.Response{Description: &description, Content: content})
}

// unstreamed says of a schema that nothing but the generator's idea of a stream has it.
func unstreamed(name string) bool { return strings.HasPrefix(name, "Stream result of ") }
