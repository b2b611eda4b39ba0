package dataset

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// condition judges a condition on the rows of the entities.
func (t *trainingLinter) condition(path string, c *datasetv1.Condition) {
	columnType, ok := t.typeOf(path+".column", t.entity, c.GetColumn())
	if c.GetIs() == datasetv1.Comparison_COMPARISON_UNSPECIFIED {
		t.wrong(path+".is", "expected how the column is compared, such as equal, found nothing")
		return
	}
	if !t.valueCount(path, c) || !ok {
		return
	}
	if ordered(c.GetIs()) {
		if err := expectation.FitsOrder(columnType); err != nil {
			t.wrong(path+".is", "column %q: %s", c.GetColumn(), err)
			return
		}
	}
	for i, value := range c.GetValues() {
		if err := expectation.FitsText(value, columnType); err != nil {
			t.wrong(fmt.Sprintf("%s.values[%d]", path, i), "column %q is %s: %s", c.GetColumn(), columnType, err)
		}
	}
}

// valueCount says whether a condition has as many values as it needs.
func (t *trainingLinter) valueCount(path string, c *datasetv1.Condition) bool {
	path += ".values"
	switch n := len(c.GetValues()); {
	case compareless(c.GetIs()) && n > 0:
		t.wrong(path, "expected no values beside missing or present, found %d", n)
	case c.GetIs() == datasetv1.Comparison_COMPARISON_ONE_OF && n == 0:
		t.wrong(path, "expected the values of which the column is one, found none")
	case n > maxValues:
		t.wrong(path, "expected at most %d values, found %d", maxValues, n)
	case !compareless(c.GetIs()) && c.GetIs() != datasetv1.Comparison_COMPARISON_ONE_OF && n != 1:
		t.wrong(path, "expected one value to compare with, found %d", n)
	default:
		return true
	}
	return false
}

// compareless is true of what looks at no value.
func compareless(is datasetv1.Comparison) bool {
	return is == datasetv1.Comparison_COMPARISON_MISSING || is == datasetv1.Comparison_COMPARISON_PRESENT
}

// ordered is true of what asks which of two values is greater.
func ordered(is datasetv1.Comparison) bool {
	switch is {
	case datasetv1.Comparison_COMPARISON_AT_LEAST, datasetv1.Comparison_COMPARISON_AT_MOST,
		datasetv1.Comparison_COMPARISON_GREATER, datasetv1.Comparison_COMPARISON_LESS:
		return true
	default:
		return false
	}
}
