// Package erase takes the rows of keys out of what validations list: unexpected rows, their
// values, and the findings about them. Counts, shares and verdicts stay as they were found.
package erase

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

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
		if gone[i] = keys.Has(r.GetTable(), row.GetKey()); gone[i] {
			n++
			values[row.GetValue()] = row.GetValue() != "" // of none nothing is known
		}
	}
	if n == 0 {
		return 0
	}
	aligned := len(d.GetPartialUnexpectedList()) == len(gone)
	d.PartialUnexpectedList = keep(d.GetPartialUnexpectedList(), func(i int, v *structpb.Value) bool {
		if aligned && gone[i] {
			values[text(v)] = true
		}
		return !values[text(v)]
	})
	d.PartialUnexpectedCounts = keep(d.GetPartialUnexpectedCounts(), func(_ int, c *qualityv1.ValueCount) bool { return !values[text(c.GetValue())] })
	d.PartialUnexpectedIndexList = keep(d.GetPartialUnexpectedIndexList(), func(i int, _ *stepv1.RowLocation) bool { return !gone[i] })
	return n
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
