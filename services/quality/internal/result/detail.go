package result

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/expectation"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// detail returns what was seen; nil where nothing was. Fields that the result of the kind
// does not have are left out.
func detail(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) *qualityv1.ResultDetail {
	if o.Skipped != "" || o.Exception != "" {
		return nil
	}
	kind, _ := expectation.Lookup(c.Kind()) // compiled, so it is in the catalogue
	switch {
	case o.Header != nil:
		return columns(o.Header)
	case kind.Result == expectation.ObservedResult:
		return &qualityv1.ResultDetail{ObservedValue: structpb.NewNumberValue(float64(o.Elements))}
	}
	d := &qualityv1.ResultDetail{
		ElementCount: o.Elements, UnexpectedCount: o.Unexpected,
		UnexpectedPercent:          percent(o.Unexpected, o.Elements-o.Missing),
		PartialUnexpectedList:      unexpected(plan, c, o.Rows),
		PartialUnexpectedIndexList: locations(plan, c, o.Rows),
		UnexpectedIndexColumnNames: plan.Table.GetKey(),
	}
	d.PartialUnexpectedCounts = counted(d.PartialUnexpectedList)
	if kind.Result == expectation.ValuesResult {
		d.MissingCount, d.MissingPercent = o.Missing, percent(o.Missing, o.Elements)
		d.UnexpectedPercentTotal = percent(o.Unexpected, o.Elements)
		d.UnexpectedPercentNonmissing = d.UnexpectedPercent
	}
	return d
}

// percent is computed as Great Expectations does it, to the last digit: the share first,
// and then a hundred times that. It is 0 where there is nothing to divide by.
func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole) * 100
}

// columns is what an expectation on the header saw.
func columns(h *evaluate.Header) *qualityv1.ResultDetail {
	return &qualityv1.ResultDetail{ObservedValue: texts(h.Columns), Details: &qualityv1.ResultDetails{
		Mismatched: &qualityv1.ColumnMismatch{Missing: sorted(h.Absent), Unexpected: sorted(h.Surplus)},
	}}
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

func texts(list []string) *structpb.Value {
	values := make([]*structpb.Value, 0, len(list))
	for _, s := range list {
		values = append(values, structpb.NewStringValue(s))
	}
	return structpb.NewListValue(&structpb.ListValue{Values: values})
}
