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
var wholeDigits = map[dataset.TypeName]int{dataset.Integer: 10, dataset.BigInt: 19}

// OfType is the class of a column that becomes another type: Metadata where it is the
// same one, Expanding where PostgreSQL keeps the rows as they lie, Rewriting where
// every value of the one is one of the other, with the same canonical text, and
// Refused otherwise.
func OfType(from, to dataset.ColumnType) Class {
	switch {
	case from == to:
		return Metadata
	case from.Name == dataset.Numeric && to.Name == dataset.Numeric:
		return ofNumeric(from, to)
	case wholeDigits[from.Name] == 0:
		return Refused
	case to.Name == dataset.Numeric && (to.Precision == 0 || to.Precision-to.Scale >= wholeDigits[from.Name]),
		wholeDigits[to.Name] > wholeDigits[from.Name]:
		return Rewriting
	default:
		return Refused
	}
}

// ofNumeric goes by PostgreSQL's own rule: numeric is not rewritten where the scale
// stays and the precision grows, or where both are given up.
func ofNumeric(from, to dataset.ColumnType) Class {
	switch {
	case to.Precision == 0:
		return Expanding
	case from.Precision == 0:
		return Refused
	case to.Scale == from.Scale && to.Precision > from.Precision:
		return Expanding
	case to.Scale > from.Scale && to.Precision-to.Scale >= from.Precision-from.Scale:
		return Rewriting
	default:
		return Refused
	}
}
