// Package judged says in words how an expectation fared, the same in tables of the
// terminal and on pages: what it was asked with, whether it held, and what was seen.
package judged

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// What a Verdict may be.
const (
	Held    = "held"
	Failed  = "failed"
	Skipped = "skipped"
)

// Verdict is whether an expectation held, in a word: Skipped where it could not be
// evaluated, whatever else the result says, else Held or Failed.
func Verdict(r *qualityv1.ExpectationResult) string {
	switch {
	case r.GetSkipped() != "":
		return Skipped
	case r.GetSuccess():
		return Held
	default:
		return Failed
	}
}

// Arguments writes what an expectation was asked with: the column that it is about, then
// the others as JSON in the order of their names. It is empty where there are none.
func Arguments(e *datasetv1.Expectation) string {
	fields := e.GetKwargs().AsMap()
	column, named := fields["column"].(string)
	if named {
		delete(fields, "column")
	}
	if len(fields) == 0 {
		return column
	}
	return strings.TrimSpace(column + " " + text(fields))
}

// notNull is the kind that judges every row, also one without a value.
const notNull = "expect_column_values_to_not_be_null"

// Observed says what was seen: why nothing was, the value as JSON, or how many of the
// values that were judged were not as expected, and how many rows had none to judge. It is
// empty where nothing was counted.
func Observed(r *qualityv1.ExpectationResult) string {
	d := r.GetResult()
	switch {
	case r.GetSkipped() != "":
		return r.GetSkipped()
	case r.GetExceptionInfo().GetRaisedException():
		return r.GetExceptionInfo().GetExceptionMessage()
	case d.GetObservedValue() != nil:
		return text(d.GetObservedValue().AsInterface())
	case d.GetElementCount() == 0:
		return ""
	case r.GetExpectationConfig().GetType() == notNull:
		return fmt.Sprintf("%s of %s without a value", prose.Number(d.GetUnexpectedCount()), prose.Count(d.GetElementCount(), "row"))
	default:
		return counted(d)
	}
}

// counted says how many of the values broke a rule: those that are there, since a row
// without one is not judged.
func counted(d *qualityv1.ResultDetail) string {
	values := d.GetElementCount() - d.GetMissingCount()
	said := fmt.Sprintf("%s of %s unexpected", prose.Number(d.GetUnexpectedCount()), prose.Count(values, "value"))
	if values == 0 {
		said = "no values"
	}
	if n := d.GetMissingCount(); n > 0 {
		said += fmt.Sprintf(", %s without one", prose.Count(n, "row"))
	}
	return said
}

// text is the JSON of a value, the fields of an object in the order of their names, which
// a Struct has none of. <, > and & stand as they are: they are what rules are made of.
// A number that JSON has none for, NaN say, leaves it empty.
func text(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
