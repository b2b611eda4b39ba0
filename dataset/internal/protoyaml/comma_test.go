package protoyaml_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/internal/protoyaml"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// A comma between braces ends a value, which nobody thinks of who writes a type there.
func TestAValueThatACommaCutsIsSaidInOnePiece(t *testing.T) {
	t.Parallel()
	const said = "expected a value in quotes where it holds a comma, found "
	const since = ", since a comma between braces ends a value: write "
	column := func() proto.Message { return &datasetv1.Column{} }
	rule := func() proto.Message { return &datasetv1.Expectation{} }
	for name, test := range map[string]struct {
		into       func() proto.Message
		text       string
		path, want string
	}{
		"a type":                    {column, "{name: a, type: numeric(10,2)}", "type", said + `"numeric(10"` + since + `type: "numeric(10,2)"`},
		"a type with a blank":       {column, "{name: a, type: numeric(10, 2)}", "type", said + `"numeric(10"` + since + `type: "numeric(10, 2)"`},
		"a type before others":      {column, "{type: numeric(10,2), name: a}", "type", said + `"numeric(10"` + since + `type: "numeric(10,2)"`},
		"a type over two lines":     {column, "{name: a, type: numeric(10,\n  2)}", "type", said + `"numeric(10"` + since + `type: "numeric(10, 2)"`},
		"a sentence":                {column, "{description: Red, green, blue, name: a}", "description", said + `"Red"` + since + `description: "Red, green, blue"`},
		"a sentence beyond ASCII":   {column, "{description: Größe, Maß}", "description", said + `"Größe"` + since + `description: "Größe, Maß"`},
		"an argument":               {rule, "{kwargs: {min_value: a(1,2)}}", "kwargs.min_value", said + `"a(1"` + since + `min_value: "a(1,2)"`},
		"thousands":                 {rule, "{kwargs: {max_value: 1,000,000, mostly: 1}}", "kwargs.max_value", said + `"1"` + since + `max_value: 1000000`},
		"a decimal comma":           {rule, "{kwargs: {max_value: 1,5}}", "kwargs.max_value", said + `"1"` + since + `max_value: "1,5"`},
		"a block around the braces": {rule, "kwargs:\n  {max_value: -12,500}", "kwargs.max_value", said + `"-12"` + since + `max_value: -12500`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := protoyaml.Unmarshal([]byte(test.text), test.into(), nil)

			require.Len(t, result.Mistakes, 1, "one fault, one finding")
			require.Equal(t, test.path, result.Mistakes[0].Path)
			require.Equal(t, test.want, result.Mistakes[0].Message)
			require.Equal(t, result.Positions.Of(test.path), result.Mistakes[0].Position)
		})
	}
}

// What a comma did not cut is what it was: a field without a value, or an unknown one.
func TestACommaIsNotToBlameForEveryFieldWithoutAValue(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{name: a, type}":             "expected a text, found nothing: give the field a value, or leave it out",
		"{name: a, type: }":           "expected a text, found nothing: give the field a value, or leave it out",
		"{name: a, tpye}":             `unknown field "tpye": did you mean "type"?`,
		`{name: "a", tpye}`:           `unknown field "tpye": did you mean "type"?`,
		"{name: a, tpye: ~}":          `unknown field "tpye": did you mean "type"?`,
		"{tpye, name: a}":             `unknown field "tpye": did you mean "type"?`,
		"name: a\ntpye:":              `unknown field "tpye": did you mean "type"?`,
		"name: a\n? type: numeric":    "expected the name of a field, found a mapping",
		"{name: a, [b]: , type: int}": "expected the name of a field, found a list",
	} {
		result := protoyaml.Unmarshal([]byte(text), &datasetv1.Column{}, nil)
		require.Len(t, result.Mistakes, 1, text)
		require.Equal(t, want, result.Mistakes[0].Message, text)
	}
	rule := &datasetv1.Expectation{}
	result := protoyaml.Unmarshal([]byte("{kwargs: {column: a, mostly, value_set: [a, b]}}"), rule, nil)
	require.Empty(t, result.Mistakes, "an argument without a value is one that is not given")
	require.Len(t, rule.GetKwargs().GetFields(), 3)
}
