// Package columntype knows the PostgreSQL types that a column may declare, how
// they are written, and which SQL makes them: one table, kinds, and the questions that
// others ask of it. It is apart from package dataset only so that the catalogue of
// expectations can use it too; package dataset re-exports all of it.
package columntype

import "fmt"

// Name is a type without its limits, as a dataset writes it.
type Name string

// The types that a column may have.
const (
	Text            Name = "text"
	VarChar         Name = "varchar"
	Char            Name = "char"
	SmallInt        Name = "smallint"
	Integer         Name = "integer"
	BigInt          Name = "bigint"
	Numeric         Name = "numeric"
	Real            Name = "real"
	DoublePrecision Name = "double precision"
	Boolean         Name = "boolean"
	Date            Name = "date"
	Timestamp       Name = "timestamp"
	TimestampTZ     Name = "timestamptz"
	UUID            Name = "uuid"
	JSONB           Name = "jsonb"
)

// Type is a column's type. Precision and Scale are of numeric(p,s) alone;
// Precision 0 is numeric without a limit, which keeps every digit. Length is of
// varchar(n) and char(n) alone, in characters.
type Type struct {
	Name      Name
	Precision int
	Scale     int
	Length    int
}

// Names lists the types in the order in which messages offer them.
func Names() []Name {
	names := make([]Name, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// SQL is the type as CREATE TABLE takes it and format_type writes it.
func (t Type) SQL() string { return byName[t.Name].postgres + t.limits() }

// Cast is the type as a value is cast to it: without its limits, which would round or
// cut a value before it is compared.
func (t Type) Cast() string { return byName[t.Name].cast }

// String is the type as a dataset writes it.
func (t Type) String() string { return string(t.Name) + t.limits() }

func (t Type) limits() string {
	switch k := byName[t.Name]; {
	case k.limit == length:
		return fmt.Sprintf("(%d)", t.Length)
	case k.limit == precision && t.Precision > 0:
		return fmt.Sprintf("(%d,%d)", t.Precision, t.Scale)
	}
	return ""
}
