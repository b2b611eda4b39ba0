package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

// convert returns the OpenAPI 3 document of a Swagger 2 document: valid, indented,
// and the same bytes for the same input.
func convert(swagger []byte) ([]byte, error) {
	prepared, err := keepDescriptions(swagger)
	if err != nil {
		return nil, err
	}
	var doc2 openapi2.T
	if err := json.Unmarshal(prepared, &doc2); err != nil {
		return nil, fmt.Errorf("read swagger: %w", err)
	}
	doc, err := openapi2conv.ToV3(&doc2)
	if err != nil {
		return nil, fmt.Errorf("convert to OpenAPI 3: %w", err)
	}
	describe(doc)
	shapeNumbers(doc)
	shapeResults(doc)
	streams(doc)
	if err := add(doc); err != nil {
		return nil, err
	}
	rule(doc)
	written, err := write(doc)
	if err != nil {
		return nil, err
	}
	return written, validate(written)
}

// describe replaces what the generator says of the document by what holds for it.
func describe(doc *openapi3.T) {
	doc.Info = &openapi3.Info{
		Title:   "StreamFlow",
		Version: "v1",
		Description: "Periodic extracts in, validated live tables and immutable snapshots out. " +
			"An error is application/problem+json with a reason of docs/reference/errors.md. " +
			"Whole numbers of 64 bits are numbers up to 2^53, and strings past it, " +
			"times are RFC 3339 in UTC, an as_of is YYYY-MM-DD.",
	}
	doc.Servers = openapi3.Servers{{URL: "/"}}
	for _, tag := range doc.Tags {
		tag.Description = unwrap(tag.Description)
	}
	// Errors are problem+json here, and not the status that the generator assumes.
	for _, unused := range []string{"google.rpc.Status", "google.protobuf.Any", "google.protobuf.NullValue"} {
		delete(doc.Components.Schemas, unused)
	}
	// A client says by Accept how it wants a training set, and no field of a request does.
	delete(doc.Components.Schemas, "streamflow.snapshot.v1.TrainingFormat")
	for _, schema := range doc.Components.Schemas {
		unwrapSchema(schema)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			op.Summary, op.Description = split(op.Summary, op.Description)
			for _, p := range op.Parameters {
				p.Value.Description = unwrap(p.Value.Description)
			}
		}
	}
}

// write marshals through a generic value, whose keys encoding/json sorts.
func write(doc *openapi3.T) ([]byte, error) {
	loose, err := doc.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	var generic any
	d := json.NewDecoder(bytes.NewReader(loose))
	d.UseNumber()
	if err := d.Decode(&generic); err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(generic); err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	return b.Bytes(), nil
}

// validate reads the written bytes back, so that a reference to a schema that was
// taken out does not go unseen.
func validate(document []byte) error {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	return nil
}
