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

// shapeResults says how the results of expectations are written: counts as numbers up to
// 2^53 and as texts past it, and a percentage of nothing as null.
func shapeResults(doc *openapi3.T) {
	for name, schema := range doc.Components.Schemas {
		if !strings.HasPrefix(name, ofValidations) {
			continue
		}
		for field, property := range schema.Value.Properties {
			if property.Ref != "" {
				continue
			}
			if nullable[field] {
				property.Value.Nullable = true
			}
			if property.Value.Format == "int64" {
				property.Value = countSchema(property.Value.Description)
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
