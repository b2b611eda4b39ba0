package protoyaml_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/internal/protoyaml"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Each refusal says where, what was expected, what was found, and what to do.
func TestWhatIsRefusedAndWhere(t *testing.T) {
	t.Parallel()
	at := func(line, column int) protoyaml.Position { return protoyaml.Position{Line: line, Column: column} }
	reference := func() proto.Message { return &datasetv1.Reference{} }
	calendar := func() proto.Message { return &datasetv1.Calendar{} }
	rule := func() proto.Message { return &datasetv1.Expectation{} }
	for name, tc := range map[string]struct {
		into func() proto.Message
		text string
		at   protoyaml.Position
		path string
		want string
	}{
		"a text for fields":   {reference, "customers", at(1, 1), "", `expected the fields columns, table, found the text "customers"`},
		"a list for fields":   {reference, "- customers", at(1, 1), "", "expected the fields columns, table, found a list"},
		"a number for fields": {reference, "12", at(1, 1), "", "expected the fields columns, table, found the number 12"},
		"an unknown field":    {reference, "table: a\ntabel: b", at(2, 1), "tabel", `unknown field "tabel": did you mean "table"?`},
		"one that is far":     {reference, "owner: a", at(1, 1), "owner", `unknown field "owner": known are columns, table`},
		"a field twice":       {reference, "table: a\n\ntable: b", at(3, 1), "table", `field "table" stands twice, first in line 1`},
		"a text for a list":   {reference, "columns: id", at(1, 10), "columns", `expected a list, found the text "id"`},
		"a mapping in a list": {reference, "columns: [{a: b}]", at(1, 11), "columns[0]", "expected a text, found a mapping"},
		"a number in a list":  {reference, "columns: [a, 3]", at(1, 14), "columns[1]", "expected a text, found the number 3: put it in quotes"},
		"a truth for a text":  {reference, "table: true", at(1, 8), "table", "expected a text, found the truth value true: put it in quotes"},
		"nothing for a text":  {reference, "table:\n", at(1, 7), "table", "expected a text, found nothing: give the field a value, or leave it out"},
		"nothing for a list":  {reference, "columns: ~", at(1, 10), "columns", "expected a list, found nothing: give the field a value, or leave it out"},
		"an enum, near":       {calendar, "period: month_ende", at(1, 9), "period", `expected one of month_end, day, week, month_start, quarter_end, year_end, found the text "month_ende": did you mean "month_end"?`},
		"an enum, a number":   {calendar, "period: 3", at(1, 9), "period", "expected one of month_end, day, week, month_start, quarter_end, year_end, found the number 3"},
		"an enum, unset":      {calendar, "period: PERIOD_UNSPECIFIED", at(1, 9), "period", `expected one of month_end, day, week, month_start, quarter_end, year_end, found the text "PERIOD_UNSPECIFIED"`},
		"an alias":            {reference, "columns: [&a x, *a]", at(1, 11), "columns[0]", "expected a value, found the anchor &a: anchors and aliases are not used here, write each value out"},
		"a tag":               {reference, "table: !own x", at(1, 8), "table", "expected a value without a tag, found the tag !own"},
		"a merge key":         {reference, "<<: {table: x}", at(1, 1), "", "expected a field, found the merge key <<: write the fields out"},
		"a key that is none":  {reference, "3: x", at(1, 1), "", "expected the name of a field, found the number 3"},
		"free YAML, a number": {rule, "kwargs:\n  min_value: 1_000", at(2, 14), "kwargs.min_value", "expected a plain decimal number such as 12 or 0.5, found 1_000: put it in quotes where it is a text"},
		"free YAML, twice":    {rule, "kwargs: {a: 1, a: 2}", at(1, 16), "kwargs.a", `field "a" stands twice, first in line 1`},
		"free YAML, a list":   {rule, "kwargs: [a]", at(1, 9), "kwargs", "expected a mapping of names and their values, found a list"},
		"two documents":       {reference, "table: a\n---\ntable: b", at(2, 1), "", "expected one YAML document, found a second one: put each into a file of its own"},
		"no document":         {reference, "# nothing", at(1, 1), "", "expected a YAML document, found nothing in it"},
		"no YAML":             {reference, "table: [a\n", at(1, 1), "", "expected YAML: did not find expected ',' or ']'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := protoyaml.Unmarshal([]byte(tc.text), tc.into(), nil)

			require.NotEmpty(t, result.Mistakes)
			require.Equal(t, protoyaml.Mistake{Position: tc.at, Path: tc.path, Message: tc.want}, result.Mistakes[0])
		})
	}
}

// FuzzUnmarshal holds that whatever is read is said to be wrong, or is written as YAML that
// reads as the same message.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{"kwargs: {a: 1,000}", "{type: numeric(10,2)}", "type: x\nkwargs: {a: [1, {b: ~}], c: 2024-01-31}", "{a: b, c, d: e}", "severity: warning", "? [a]\n: b", "{a, b: 1,2,3}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rule := &datasetv1.Expectation{}
		result := protoyaml.Unmarshal(text, rule, nil)
		for _, m := range result.Mistakes {
			require.Positive(t, m.Line)
			require.NotEmpty(t, m.Message)
		}
		if len(result.Mistakes) > 0 {
			return
		}
		written, err := protoyaml.Marshal(rule)
		require.NoError(t, err)
		if len(written) == 0 || string(written) == "{}\n" {
			return
		}
		again := &datasetv1.Expectation{}
		require.Empty(t, protoyaml.Unmarshal(written, again, nil).Mistakes, string(written))
		require.True(t, proto.Equal(rule, again), string(written))
	})
}
