package main

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// What a stream of messages is over REST is the gateway's own: the generator takes it for
// a stream of JSON.
const (
	buildTrainingSet   = "SnapshotService_BuildTrainingSet"
	exportTrainingSet  = "SnapshotService_ExportTrainingSet"
	rebuildTrainingSet = "SnapshotService_RebuildTrainingSet"
	restore            = "SnapshotService_Restore"
	listGaps           = "SnapshotService_ListGaps"
	trainingSetSchema  = "streamflow.snapshot.v1.TrainingSet"
)

// byTheGateway are the fields of a request that the gateway fills in itself.
var byTheGateway = map[string][]string{
	buildTrainingSet: {"declaration", "dataset_version"}, restore: {"declaration", "dataset_version"},
	listGaps: {"declaration", "dataset_version"},
}

// streams says what the gateway makes of the streams of training sets: a build is a
// resource that was created, a file is a file.
func streams(doc *openapi3.T) {
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			switch op.OperationID {
			case restore:
				filledIn(doc, op)
			case listGaps:
				filledInQuery(op)
			case buildTrainingSet:
				filledIn(doc, op)
				created(op)
			case exportTrainingSet:
				download(op)
				op.Parameters = append(op.Parameters,
					header("Range", "Bytes to send, one range as in bytes=100-; what comes before is made and skipped."),
					header("If-None-Match", "An ETag: 304 where it is the file's."))
			case rebuildTrainingSet:
				download(op)
			}
			if inLines[op.OperationID] != "" {
				lines(doc, op)
			}
		}
	}
	for name := range doc.Components.Schemas {
		if unstreamed(name) || slices.Contains(ofStreams, name) {
			delete(doc.Components.Schemas, name)
		}
	}
}

// ofStreams are the messages that only streams hold.
var ofStreams = []string{
	"streamflow.snapshot.v1.BuildTrainingSetResponse", "streamflow.snapshot.v1.ExportTrainingSetResponse",
	"streamflow.snapshot.v1.RebuildTrainingSetResponse", "streamflow.snapshot.v1.TrainingFileHead", "streamflow.snapshot.v1.TrainingFile",
	"streamflow.snapshot.v1.DiffRows",
	"streamflow.step.v1.Progress", // the additions have it, for events
}

// filledIn leaves out of a body what the gateway fills in.
func filledIn(doc *openapi3.T, op *openapi3.Operation) {
	body := op.RequestBody.Value.Content["application/json"].Schema
	schema := doc.Components.Schemas[strings.TrimPrefix(body.Ref, component+"schemas/")]
	for _, field := range byTheGateway[op.OperationID] {
		delete(schema.Value.Properties, field)
	}
}

// filledInQuery leaves out of the query what the gateway fills in, and what is in it.
func filledInQuery(op *openapi3.Operation) {
	op.Parameters = slices.DeleteFunc(op.Parameters, func(p *openapi3.ParameterRef) bool {
		name, _, _ := strings.Cut(p.Value.Name, ".")
		return p.Value.In == openapi3.ParameterInQuery && slices.Contains(byTheGateway[op.OperationID], name)
	})
}

// created is the answer to a build.
func created(op *openapi3.Operation) {
	description := "The training set was built, or had been under the same request_id."
	ok := openapi3.NewResponse().WithDescription(description).WithJSONSchemaRef(openapi3.NewSchemaRef(component+"schemas/"+trainingSetSchema, nil))
	ok.Headers = openapi3.Headers{"Location": {Value: &openapi3.Header{Parameter: openapi3.Parameter{
		Description: "Path of the training set.", Schema: openapi3.NewSchemaRef("", openapi3.NewStringSchema()),
	}}}}
	only(op, http.StatusCreated, ok)
	op.Parameters = append(op.Parameters, parameter("IdempotencyKey"))
}

// download is the answer that is a file.
func download(op *openapi3.Operation) {
	text := openapi3.NewStringSchema()
	description := "The file. The trailer X-Content-Sha256 is the hex SHA-256 of all of it."
	binary := openapi3.NewStringSchema().WithFormat("binary")
	file := &openapi3.Response{Description: &description, Content: openapi3.Content{
		"text/csv":                            openapi3.NewMediaType().WithSchema(text),
		"application/vnd.apache.parquet":      openapi3.NewMediaType().WithSchema(binary),
		"application/vnd.apache.arrow.stream": openapi3.NewMediaType().WithSchema(binary),
	}}
	file.Headers = openapi3.Headers{"ETag": {Value: &openapi3.Header{Parameter: openapi3.Parameter{
		Description: "Names the bytes, which never change.", Schema: openapi3.NewSchemaRef("", openapi3.NewStringSchema()),
	}}}}
	only(op, http.StatusOK, file)
	if op.OperationID != exportTrainingSet {
		return
	}
	part := *file
	said := "The bytes that Range asks for."
	part.Description = &said
	op.Responses.Set(strconv.Itoa(http.StatusPartialContent), &openapi3.ResponseRef{Value: &part})
	same := "The file has the ETag of If-None-Match."
	op.Responses.Set(strconv.Itoa(http.StatusNotModified), &openapi3.ResponseRef{Value: &openapi3.Response{Description: &same}})
}

// only replaces what the generator says of the answer that is none of an error.
func only(op *openapi3.Operation, status int, response *openapi3.Response) {
	for code := range maps.Clone(op.Responses.Map()) {
		op.Responses.Delete(code)
	}
	op.Responses.Set(strconv.Itoa(status), &openapi3.ResponseRef{Value: response})
}

func header(name, description string) *openapi3.ParameterRef {
	return &openapi3.ParameterRef{Value: &openapi3.Parameter{
		Name: name, In: openapi3.ParameterInHeader, Description: description, Schema: openapi3.NewSchemaRef("", openapi3.NewStringSchema()),
	}}
}
