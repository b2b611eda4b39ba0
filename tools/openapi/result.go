package main

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// ofValidations is how the schemas of validations begin: their JSON is that of Great
// Expectations, which the generator cannot know. The dataset module writes it.
const ofValidations = "streamflow.quality.v1."

// nullable are the fields that are null where there is nothing to say.
var nullable = map[string]bool{
	"success_percent": true, "missing_percent": true, "unexpected_percent": true, "unexpected_percent_total": true,
	"unexpected_percent_nonmissing": true, "exception_message": true,
}

// shapeNumbers says how whole numbers of 64 bits are written, and may be sent: as numbers
// up to 2^53, and as texts past it.
func shapeNumbers(doc *openapi3.T) {
	each(doc, "", func(_ string, property *openapi3.SchemaRef) {
		if property.Value.Format == "int64" || property.Value.Format == "uint64" {
			property.Value = countSchema(property.Value.Description)
		}
	})
}

// shapeResults says of the results of expectations that a percentage of nothing is null.
func shapeResults(doc *openapi3.T) {
	each(doc, ofValidations, func(field string, property *openapi3.SchemaRef) {
		property.Value.Nullable = property.Value.Nullable || nullable[field]
	})
}

// each visits the fields, those that are messages excepted, of the schemas whose names
// begin so.
func each(doc *openapi3.T, prefix string, visit func(field string, property *openapi3.SchemaRef)) {
	for name, schema := range doc.Components.Schemas {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		for field, property := range schema.Value.Properties {
			if property.Ref == "" {
				visit(field, property)
			}
		}
	}
}

func countSchema(description string) *openapi3.Schema {
	return &openapi3.Schema{Description: description, OneOf: openapi3.SchemaRefs{
		{Value: &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeInteger}, Format: "int64", Description: "Up to 2^53."}},
		{Value: &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeString}, Format: "int64", Description: "Past 2^53, which a double does not count."}},
	}}
}
