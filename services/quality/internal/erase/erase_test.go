package erase_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/redact"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/erase"
)

func values(texts ...string) (all []*structpb.Value) {
	for _, v := range texts {
		all = append(all, structpb.NewStringValue(v))
	}
	return all
}

func result(table string) *qualityv1.ExpectationResult {
	return &qualityv1.ExpectationResult{Table: table, Result: &qualityv1.ResultDetail{
		UnexpectedCount: 3, PartialUnexpectedList: values("a@x", "b@x", "a@x"),
		PartialUnexpectedIndexList: []*stepv1.RowLocation{
			{Line: 2, Key: []string{"u1"}, Value: "a@x"}, {Line: 3, Key: []string{"u2"}, Value: "b@x"}, {Line: 4, Key: []string{"u3"}, Value: "a@x"},
		},
		PartialUnexpectedCounts: []*qualityv1.ValueCount{{Value: structpb.NewStringValue("a@x"), Count: 2}, {Value: structpb.NewStringValue("b@x"), Count: 1}},
	}}
}

// A row goes with its value, wherever that is listed; how many rows there were stays, and so
// do the rows of other keys, and of other tables.
func TestRowsGoWithTheirValues(t *testing.T) {
	t.Parallel()
	keys := &redact.Keys{}
	keys.Add("users", []string{"u1"})
	v := &qualityv1.Validation{
		Results:  []*qualityv1.ExpectationResult{result("users"), result("orders"), {Table: "users"}},
		Findings: []*stepv1.Finding{{Table: "users", Count: 3, Message: `3 rows, the first "u1"`, Rows: []*stepv1.RowLocation{{Key: []string{"u1"}}, {Key: []string{"u2"}}}}},
	}

	n := erase.Of(v, keys)

	require.Equal(t, 3, n, "two rows and a sentence")
	d := v.GetResults()[0].GetResult()
	require.EqualValues(t, 3, d.GetUnexpectedCount())
	require.Len(t, d.GetPartialUnexpectedIndexList(), 2)
	require.Equal(t, []any{"b@x"}, (&structpb.ListValue{Values: d.GetPartialUnexpectedList()}).AsSlice(), "also where another row has it: it is known to be of the key")
	require.Len(t, d.GetPartialUnexpectedCounts(), 1)
	require.Len(t, v.GetResults()[1].GetResult().GetPartialUnexpectedIndexList(), 3)
	require.Equal(t, "3 rows, the first (erased)", v.GetFindings()[0].GetMessage())
	require.Zero(t, erase.Of(v, keys), "twice is once")
}
