package dataset

import "github.com/streamflow/streamflow/dataset/columntype"

// ColumnType is a column's type: its name, and the precision and scale of
// numeric(p,s), 0 where none is declared.
type ColumnType = columntype.Type

// TypeName is a type without its precision.
type TypeName = columntype.Name

// The types that a column may have.
const (
	Text            = columntype.Text
	Integer         = columntype.Integer
	BigInt          = columntype.BigInt
	Numeric         = columntype.Numeric
	DoublePrecision = columntype.DoublePrecision
	Boolean         = columntype.Boolean
	Date            = columntype.Date
)

// ParseType reads a column's type as a dataset writes it: text, integer (or
// int), bigint, numeric, numeric(p,s), double precision, boolean, date.
func ParseType(s string) (ColumnType, error) { return columntype.Parse(s) }
