package protoyaml_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/internal/protoyaml"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// The decoder knows the kinds of fields that Dataset has. Whoever adds another
// to the proto teaches it to the decoder, and then to this test.
func TestEveryFieldOfDatasetIsOfAKindThatIsRead(t *testing.T) {
	t.Parallel()
	seen := map[protoreflect.FullName]bool{}
	var visit func(protoreflect.MessageDescriptor)
	visit = func(message protoreflect.MessageDescriptor) {
		if seen[message.FullName()] || message.FullName() == "google.protobuf.Struct" {
			return
		}
		seen[message.FullName()] = true
		for i := range message.Fields().Len() {
			field := message.Fields().Get(i)
			require.False(t, field.IsMap(), field.FullName())
			switch field.Kind() {
			case protoreflect.MessageKind:
				visit(field.Message())
			case protoreflect.StringKind, protoreflect.BoolKind, protoreflect.DoubleKind, protoreflect.Int32Kind,
				protoreflect.EnumKind:
			default:
				require.Fail(t, "a kind that is not read", "%s is %s", field.FullName(), field.Kind())
			}
		}
	}
	visit((&datasetv1.Dataset{}).ProtoReflect().Descriptor())
	require.Contains(t, seen, protoreflect.FullName("streamflow.dataset.v1.Expectation"))
}

func TestPositionsFallBackToWhatIsAround(t *testing.T) {
	t.Parallel()
	result := protoyaml.Unmarshal([]byte("# a comment\nname: shop\ntables:\n  - name: a\n    key:\n      - id\n"), &datasetv1.Dataset{}, nil)
	tests := map[string]protoyaml.Position{
		"name":                         {Line: 2, Column: 7}, // a value where it is one word
		"tables":                       {Line: 3, Column: 1}, // the field's name where it is more
		"tables[0]":                    {Line: 4, Column: 5},
		"tables[0].key":                {Line: 5, Column: 5},
		"tables[0].key[0]":             {Line: 6, Column: 9},
		"tables[0].columns":            {Line: 4, Column: 5}, // missing: the table
		"tables[0].columns[3].type":    {Line: 4, Column: 5},
		"calendar":                     {Line: 2, Column: 1}, // missing: the document
		"snapshots[0].columns[1].name": {Line: 2, Column: 1},
	}
	for path, want := range tests {
		require.Equal(t, want, result.Positions.Of(path), path)
	}
	require.Equal(t, protoyaml.Position{Line: 1, Column: 1}, protoyaml.Positions{}.Of("name"))
}

func TestFreeYAMLKeepsValues(t *testing.T) {
	t.Parallel()
	text := `{tables: [{expectations: [{kwargs: {
  whole: 9007199254740992, negative: -3, decimal: 0.1, many: 29.14104464084511, large: 1e21, small: 5e-324, zero: -0.0, exponent: 0e99999,
  text: plain, "no": no, quoted: "12", date: 2024-01-31, time: 2024-01-31T10:00:00Z, "true": true, upper: FALSE, none: null, tilde: ~,
  list: [1, [a], {b: c}], mapping: {x: {y: z}}}}]}]}`
	want, err := structpb.NewStruct(map[string]any{
		"whole": 9007199254740992.0, "negative": -3, "decimal": 0.1, "many": 29.14104464084511, "large": 1e21, "small": 5e-324, "zero": 0, "exponent": 0,
		"text": "plain", "no": "no", "quoted": "12", "date": "2024-01-31", "time": "2024-01-31T10:00:00Z", "true": true, "upper": false, "none": nil, "tilde": nil,
		"list": []any{1, []any{"a"}, map[string]any{"b": "c"}}, "mapping": map[string]any{"x": map[string]any{"y": "z"}},
	})
	require.NoError(t, err)
	d := &datasetv1.Dataset{}

	result := protoyaml.Unmarshal([]byte(text), d, nil)

	require.Empty(t, result.Mistakes)
	got := d.GetTables()[0].GetExpectations()[0].GetKwargs()
	require.Equal(t, want.AsMap(), got.AsMap())
}

func TestMarshalKeepsTexts(t *testing.T) {
	t.Parallel()
	texts := []string{
		"", " ", "plain", "two words", "No", "yes", "y", "on", "null", "~", "true", "12", "1e5", "0x1F", "2024-01-31", "1:30", "-", "---", "...",
		"a: b", "a #b", "#a", "[a]", "{a}", "&a", "*a", "!a", "|", ">", "%", "@", "`", "'", `"`, `\`, "a,b", "é", "日本語", "\u2028", "\u0085", "\u00a0", "\ufeff",
		"two\nlines", "two\nlines\n", "\nbefore", "after\n\n", " indented\n  more", "trailing \nspace", "tab\tin", "\t", "\r\n", "\x01", "\x7f", "🙂",
		"0", ".5", "+1", "_", "=", "<<", "?", "? a", ": a", "a:", "- a", "end ",
	}
	for _, text := range texts {
		d := &datasetv1.Dataset{
			Name:        text,
			Description: text,
			Tables: []*datasetv1.Table{{
				Key: []string{text, "x"},
				Expectations: []*datasetv1.Expectation{{Kwargs: &structpb.Struct{Fields: map[string]*structpb.Value{
					text: structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStringValue(text)}}),
				}}}},
			}},
		}
		requireRoundTrip(t, d)
	}
}

func TestMarshalKeepsEveryKindOfValue(t *testing.T) {
	t.Parallel()
	limit := 0.0
	kwargs, err := structpb.NewStruct(map[string]any{
		"numbers": []any{0, 1, -1, 0.1, 1e-7, 1e15, 1e21, 123456789012345678, 5e-324, math.MaxFloat64, 29.14104464084511},
		"none":    nil, "flag": true, "empty": []any{}, "mapping": map[string]any{"a": map[string]any{}},
	})
	require.NoError(t, err)
	requireRoundTrip(t, &datasetv1.Dataset{
		Calendar: &datasetv1.Calendar{},
		Tables: []*datasetv1.Table{
			{},
			{
				Columns:       []*datasetv1.Column{{Name: "a", Optional: true}},
				Extract:       datasetv1.Extract_EXTRACT_FULL,
				DepartedKeys:  datasetv1.DepartedKeys_DEPARTED_KEYS_DELETE,
				DepartedLimit: &limit, // set, and 0
				Expectations: []*datasetv1.Expectation{
					{Kwargs: kwargs, Severity: datasetv1.Severity_SEVERITY_INFO},
					{Kwargs: &structpb.Struct{}},
				},
			},
		},
	})
}

func requireRoundTrip(t *testing.T, d *datasetv1.Dataset) {
	t.Helper()
	text, err := protoyaml.Marshal(d)
	require.NoError(t, err)
	again := &datasetv1.Dataset{}
	result := protoyaml.Unmarshal(text, again, nil)
	require.Empty(t, result.Mistakes, string(text))
	require.True(t, proto.Equal(d, again), "%s\nbecomes\n%v", text, again)
}

func TestMarshalRefusesWhatYAMLCannotHold(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	inList := &structpb.Struct{Fields: map[string]*structpb.Value{
		"a": structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewNumberValue(math.Inf(-1))}}),
	}}
	tests := map[string]struct {
		message proto.Message
		want    string
	}{
		"NaN":                {&datasetv1.Table{DepartedLimit: &nan}, "departed_limit: write YAML: NaN is not a number that it can hold"},
		"infinity, deep":     {&datasetv1.Expectation{Kwargs: inList}, "kwargs: a: [0]: write YAML: -Inf is not a number that it can hold"},
		"unknown enum value": {&datasetv1.Table{Extract: 9}, "extract: write YAML: Extract has no value 9"},
		"in a list":          {&datasetv1.Dataset{Tables: []*datasetv1.Table{{Extract: 9}}}, "tables: [0]: extract: write YAML: Extract has no value 9"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := protoyaml.Marshal(test.message)
			require.EqualError(t, err, test.want)
		})
	}
}

func TestMarshalReadsWell(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{
		Name:        "shop",
		Description: "Two lines,\none sentence.\n",
		Calendar:    &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{
			Name: "orders", Key: []string{"id", "line"},
			Columns: []*datasetv1.Column{{Name: "id", Type: "numeric(10,2)"}},
			Expectations: []*datasetv1.Expectation{{
				Type: "expect_column_values_to_be_in_set",
				Kwargs: &structpb.Struct{Fields: map[string]*structpb.Value{
					"value_set": structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStringValue("DSL"), structpb.NewStringValue("No")}}),
					"mostly":    structpb.NewNumberValue(0.5),
				}},
				Severity: datasetv1.Severity_SEVERITY_WARNING,
			}},
		}},
	}

	text, err := protoyaml.Marshal(d)

	require.NoError(t, err)
	require.Equal(t, `name: shop
description: |
  Two lines,
  one sentence.
calendar:
  period: month_end
tables:
  - name: orders
    columns:
      - name: id
        type: numeric(10,2)
    key: [id, line]
    expectations:
      - type: expect_column_values_to_be_in_set
        kwargs:
          mostly: 0.5
          value_set: [DSL, "No"]
        severity: warning
`, string(text))
}
