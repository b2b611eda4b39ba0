// Package erase takes the rows of keys out of what validations list: unexpected rows, their
// values, and the findings about them. Counts, shares and verdicts stay as they were found.
package erase

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/redact"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Of takes the rows of keys out of a validation, and returns how many there were.
func Of(v *qualityv1.Validation, keys *redact.Keys) int {
	n := keys.Findings(v.GetFindings())
	for _, r := range v.GetResults() {
		n += result(r, keys)
	}
	return n
}

// result takes rows out of a result. The values beside them go with them: by their place
// where each row has one, and where its value is known.
func result(r *qualityv1.ExpectationResult, keys *redact.Keys) int {
	d := r.GetResult()
	if d == nil {
		return 0
	}
	gone := make([]bool, len(d.GetPartialUnexpectedIndexList()))
	values := map[string]bool{}
	var n int
	for i, row := range d.GetPartialUnexpectedIndexList() {
		if gone[i] = keys.HasRow(r.GetTable(), row.GetKey(), row.GetSealed()); gone[i] {
			n++
			values[row.GetValue()] = row.GetValue() != "" // of none nothing is known
		}
	}
	if n == 0 {
		return 0
	}
	hidden := values[personal.Hidden]
	delete(values, personal.Hidden) // which stands for others as well
	aligned := len(d.GetPartialUnexpectedList()) == len(gone)
	d.PartialUnexpectedList = keep(d.GetPartialUnexpectedList(), func(i int, v *structpb.Value) bool {
		if aligned && gone[i] {
			hidden = hidden || text(v) == personal.Hidden
			values[text(v)] = text(v) != personal.Hidden
			return false
		}
		return !values[text(v)]
	})
	if hidden {
		recount(d)
	}
	d.PartialUnexpectedCounts = keep(d.GetPartialUnexpectedCounts(), func(_ int, c *qualityv1.ValueCount) bool { return !values[text(c.GetValue())] })
	d.PartialUnexpectedIndexList = keep(d.GetPartialUnexpectedIndexList(), func(i int, _ *stepv1.RowLocation) bool { return !gone[i] })
	return n
}

// recount counts values of which nothing is shown by those that are left.
func recount(d *qualityv1.ResultDetail) {
	var left int64
	for _, v := range d.GetPartialUnexpectedList() {
		if text(v) == personal.Hidden {
			left++
		}
	}
	d.PartialUnexpectedCounts = keep(d.GetPartialUnexpectedCounts(), func(_ int, c *qualityv1.ValueCount) bool {
		if text(c.GetValue()) != personal.Hidden {
			return true
		}
		c.Count = left
		return left > 0
	})
}

func keep[M proto.Message](all []M, stays func(i int, m M) bool) []M {
	var out []M
	for i, m := range all {
		if stays(i, m) {
			out = append(out, m)
		}
	}
	return slices.Clip(out)
}

// text is a value as the row beside it has it, or, of what is no text, as nothing else is.
func text(v *structpb.Value) string {
	if s, ok := v.GetKind().(*structpb.Value_StringValue); ok {
		return s.StringValue
	}
	return "\x00" + fmt.Sprint(v.AsInterface())
}
