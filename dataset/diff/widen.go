package diff

import (
	"github.com/streamflow/streamflow/dataset"
)

// typeChange is the class of a type that was written otherwise, and what comes of it.
func typeChange(before, after string) (Class, string) {
	from, err := dataset.ParseType(before)
	if err != nil {
		return Refused, err.Error()
	}
	to, err := dataset.ParseType(after)
	if err != nil {
		return Refused, err.Error()
	}
	class := OfType(from, to)
	return class, map[Class]string{
		Metadata:  "the same type",
		Expanding: "PostgreSQL changes it without rewriting: carried out by the next run",
		Rewriting: "every value is kept, and PostgreSQL rewrites the table: `sfctl dataset migrate` does it on demand, under a lock",
		Refused:   "values that are there may not fit: declare a new column beside it under another name, or a new table",
	}[class]
}

// wholeDigits are the digits that a whole number of a type may have.
var wholeDigits = map[dataset.TypeName]int{dataset.SmallInt: 5, dataset.Integer: 10, dataset.BigInt: 19}

// OfType is the class of a column that becomes another type: Metadata where it is the
// same one, Expanding where PostgreSQL keeps the rows as they lie, Rewriting where
// every value of the one is one of the other, with the same canonical text, and
// Refused otherwise.
func OfType(from, to dataset.ColumnType) Class {
	switch digits := wholeDigits[from.Name]; {
	case from == to:
		return Metadata
	case from.WidensTo(to):
		return Expanding
	case from.Name == dataset.Numeric && to.Name == dataset.Numeric && to.Scale > from.Scale && from.Precision > 0 &&
		to.Precision-to.Scale >= from.Precision-from.Scale:
		return Rewriting
	case digits > 0 && to.Name == dataset.Numeric && (to.Precision == 0 || to.Precision-to.Scale >= digits),
		digits > 0 && wholeDigits[to.Name] > digits:
		return Rewriting
	case from.Name == dataset.Char && (to.Name == dataset.Text || to.IsText() && to.Length >= from.Length):
		return Rewriting // the blanks at the end go, or grow more, and the canonical text is without them
	default:
		return Refused
	}
}
