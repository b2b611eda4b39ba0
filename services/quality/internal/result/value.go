package result

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/exact"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// largestExact is 2^53: every whole number up to it is a double of its own.
const largestExact = 1 << 53

// unexpected are the values of rows, as JSON has them.
func unexpected(plan *compile.Plan, c *compile.Check, rows []evaluate.Row) []*structpb.Value {
	column := dataset.ColumnByName(plan.Table, c.Args.Column)
	kind, _ := dataset.ParseType(column.GetType()) // compiled, so it is a type
	values := make([]*structpb.Value, 0, len(rows))
	for _, row := range rows {
		values = append(values, valueOf(kind, row.Value))
	}
	return values
}

// valueOf is a number or a truth value where the column has those and nothing of it is
// lost in a double; otherwise the text.
func valueOf(kind dataset.ColumnType, text *string) *structpb.Value {
	switch {
	case text == nil:
		return structpb.NewNullValue()
	case kind.IsNumber():
		if number, ok := exact.Float(*text); ok && math.Abs(number) <= largestExact {
			return structpb.NewNumberValue(number)
		}
	case kind.Name == dataset.Boolean:
		if truth, err := strconv.ParseBool(*text); err == nil {
			return structpb.NewBoolValue(truth)
		}
	}
	return structpb.NewStringValue(*text)
}

// counted counts equal values, the most frequent first, and equally frequent ones in
// their order, as Great Expectations does.
func counted(values []*structpb.Value) []*qualityv1.ValueCount {
	var counts []*qualityv1.ValueCount
	for _, v := range values {
		i := slices.IndexFunc(counts, func(c *qualityv1.ValueCount) bool { return c.GetValue().AsInterface() == v.AsInterface() })
		if i < 0 {
			counts = append(counts, &qualityv1.ValueCount{Value: v})
			i = len(counts) - 1
		}
		counts[i].Count++
	}
	slices.SortStableFunc(counts, func(a, b *qualityv1.ValueCount) int {
		return cmp.Or(cmp.Compare(b.GetCount(), a.GetCount()), order(a.GetValue(), b.GetValue()))
	})
	return counts
}

// order compares numbers as numbers, and texts by their code points. A number that is
// written as a text comes after those that are not.
func order(a, b *structpb.Value) int {
	_, aIsText := a.GetKind().(*structpb.Value_StringValue)
	_, bIsText := b.GetKind().(*structpb.Value_StringValue)
	switch {
	case aIsText && bIsText:
		return cmp.Compare(a.GetStringValue(), b.GetStringValue())
	case aIsText:
		return 1
	case bIsText:
		return -1
	}
	return cmp.Compare(a.GetNumberValue(), b.GetNumberValue())
}
