package main

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

func TestTheFirstSentenceIsTheSummary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ summary, description, first, rest string }{
		{"GetRun returns a run.", "", "GetRun returns a run", "GetRun returns a run."},
		{"GetRun returns a run. Errors: RUN_NOT_FOUND.", "", "GetRun returns a run", "Errors: RUN_NOT_FOUND."},
		{"GetRun returns\na run.", "It is cheap.\nVery.", "GetRun returns a run", "It is cheap. Very."},
		{"", "Only a description. And more.", "Only a description", "And more."},
		{"", "", "", ""},
		{"No stop", "", "No stop", "No stop"},
	} {
		first, rest := split(c.summary, c.description)
		require.Equal(t, c.first, first)
		require.Equal(t, c.rest, rest)
	}
}

func TestADescribedReferenceIsWrappedHoweverDeep(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"$ref": "#/a"}`:                                     `{"$ref":"#/a"}`,
		`{"$ref": "#/a", "description": "d"}`:                 `{"allOf":[{"$ref":"#/a"}],"description":"d"}`,
		`{"x": [{"y": {"$ref": "#/a", "description": "d"}}]}`: `{"x":[{"y":{"allOf":[{"$ref":"#/a"}],"description":"d"}}]}`,
		`{"description": "d", "$ref": {"type": "string"}}`:    `{"$ref":{"type":"string"},"description":"d"}`,
		`{"$ref": "#/a", "description": {"type": "string"}}`:  `{"$ref":"#/a","description":{"type":"string"}}`,
		`[]`: `[]`,
	} {
		got, err := keepDescriptions([]byte(in))
		require.NoError(t, err)
		require.JSONEq(t, want, string(got), in)
	}
	_, err := keepDescriptions([]byte("{"))
	require.ErrorContains(t, err, "read swagger")
}

func TestDescriptionsOfNestedSchemasAreJoined(t *testing.T) {
	t.Parallel()
	deep := &openapi3.SchemaRef{Value: &openapi3.Schema{Description: "in\nthe list"}}
	ref := &openapi3.SchemaRef{Value: &openapi3.Schema{
		Description: "over\ntwo lines",
		Properties:  openapi3.Schemas{"list": {Value: &openapi3.Schema{Items: deep}}, "other": {Ref: "#/components/schemas/other"}},
	}}

	unwrapSchema(ref)
	unwrapSchema(nil)

	require.Equal(t, "over two lines", ref.Value.Description)
	require.Equal(t, "in the list", deep.Value.Description)
}

func TestWhatIsWrittenIsSortedAndUnescaped(t *testing.T) {
	t.Parallel()
	doc := &openapi3.T{
		OpenAPI: "3.0.3", Paths: openapi3.NewPaths(),
		Info: &openapi3.Info{Title: "t", Version: "v1", Description: "a < b & c > d, 9007199254740993"},
	}

	got, err := write(doc)

	require.NoError(t, err)
	require.Contains(t, string(got), "a < b & c > d", "it is read by people, too")
	require.True(t, json.Valid(got))
	require.Less(t, indexOf(t, got, `"info"`), indexOf(t, got, `"openapi"`))
	require.Less(t, indexOf(t, got, `"openapi"`), indexOf(t, got, `"paths"`))
}

func indexOf(t *testing.T, text []byte, part string) int {
	t.Helper()
	require.Contains(t, string(text), part)
	for i := range text {
		if string(text[i:min(len(text), i+len(part))]) == part {
			return i
		}
	}
	return -1
}
