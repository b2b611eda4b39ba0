package main

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

func TestCountsOfResultsAreNumbersAndPercentagesMayBeNull(t *testing.T) {
	t.Parallel()
	field := func(kind, format string) *openapi3.SchemaRef {
		return &openapi3.SchemaRef{Value: &openapi3.Schema{Type: &openapi3.Types{kind}, Format: format, Description: "What it is."}}
	}
	schema := func() *openapi3.SchemaRef {
		return &openapi3.SchemaRef{Value: &openapi3.Schema{Properties: openapi3.Schemas{
			"element_count": field("string", "int64"), "missing_percent": field("number", "double"), "table": field("string", ""),
			"result": {Ref: "#/components/schemas/other"},
		}}}
	}
	doc := &openapi3.T{Components: &openapi3.Components{Schemas: openapi3.Schemas{
		"streamflow.quality.v1.ResultDetail": schema(), "streamflow.step.v1.Finding": schema(),
	}}}

	shapeNumbers(doc)
	shapeResults(doc)

	shaped := doc.Components.Schemas["streamflow.quality.v1.ResultDetail"].Value.Properties
	count := shaped["element_count"].Value
	require.Equal(t, "What it is.", count.Description)
	require.NoError(t, count.VisitJSON(float64(1<<53)))
	require.NoError(t, count.VisitJSON("9007199254740993"))
	require.Error(t, count.VisitJSON(1.5))
	require.NoError(t, shaped["missing_percent"].Value.VisitJSON(nil))
	require.Error(t, shaped["table"].Value.VisitJSON(nil))
	other := doc.Components.Schemas["streamflow.step.v1.Finding"].Value.Properties
	require.NoError(t, other["element_count"].Value.VisitJSON(float64(7)), "one rule for every message")
	require.Error(t, other["missing_percent"].Value.VisitJSON(nil))
}
