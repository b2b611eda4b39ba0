package expectation

import (
	"fmt"
	"strconv"

	"github.com/streamflow/streamflow/dataset/columntype"
)

// FitsText says why a value that is written as a text cannot be cast to a column's
// type, or nil. It takes what a bound or a set of an expectation takes, so that
// PostgreSQL takes it too.
func FitsText(text string, columnType columntype.Type) error {
	value := Value{Kind: TextValue, Text: text}
	if truth, err := strconv.ParseBool(text); columnType.Name == columntype.Boolean && err == nil && text == strconv.FormatBool(truth) {
		value.Kind = TruthValue
	}
	return fits(value, columnType)
}

// FitsOrder says why values of a type cannot be compared by what is greater, or nil.
func FitsOrder(columnType columntype.Type) error {
	if valuesOf[columnType.Name].order == nil {
		return fmt.Errorf("expected a column whose values have an order, found one that is %s", columnType)
	}
	return nil
}
