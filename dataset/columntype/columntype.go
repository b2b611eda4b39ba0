// Package columntype knows the PostgreSQL types that a column may declare, how
// they are written, and which SQL makes them. It is apart from package dataset
// only so that the catalogue of expectations can use it too; package dataset
// re-exports all of it.
package columntype

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/nearest"
)

// Name is a type without its precision, in PostgreSQL's own words.
type Name string

// The types that a column may have.
const (
	Text            Name = "text"
	Integer         Name = "integer"
	BigInt          Name = "bigint"
	Numeric         Name = "numeric"
	DoublePrecision Name = "double precision"
	Boolean         Name = "boolean"
	Date            Name = "date"
)

// maxPrecision is PostgreSQL's limit for numeric(p,s).
const maxPrecision = 1000

// Type is a column's type. Precision and Scale are of numeric(p,s) alone;
// Precision 0 is numeric without a limit, which keeps every digit.
type Type struct {
	Name      Name
	Precision int
	Scale     int
}

// Names lists the types in the order in which messages offer them.
func Names() []Name {
	return []Name{Text, Integer, BigInt, Numeric, DoublePrecision, Boolean, Date}
}

// synonyms are what people write for our types, elsewhere and in PostgreSQL.
// Only int is accepted; the others become a hint, so that a dataset has one
// spelling of each type.
var synonyms = map[string]Name{
	"int4": Integer, "int32": Integer, "smallint": Integer, "int2": Integer,
	"int8": BigInt, "int64": BigInt, "long": BigInt,
	"decimal": Numeric, "money": Numeric,
	"float": DoublePrecision, "float4": DoublePrecision, "float8": DoublePrecision, "double": DoublePrecision, "real": DoublePrecision,
	"bool": Boolean, "string": Text, "str": Text, "varchar": Text, "char": Text, "character varying": Text, "uuid": Text,
}

// noTime is said of types with a time of day, which none of ours holds: date would
// refuse each of their values.
const noTime = ": no type here holds a time of day; write text, which keeps the values as they are, or date where they are YYYY-MM-DD"

var timed = regexp.MustCompile(`^(timestamp|timestamptz|datetime|time|timetz)( with(out)? time zone)?$`)

var (
	spaces  = regexp.MustCompile(`\s+`)
	numeric = regexp.MustCompile(`^numeric ?\( ?(\d{1,4}) ?(?:, ?(\d{1,4}) ?)?\)$`)
)

// Parse reads a type as a dataset writes it; case and spacing do not matter.
// int is integer, and numeric(p) is numeric(p,0), as in PostgreSQL.
func Parse(s string) (Type, error) {
	word := strings.ToLower(spaces.ReplaceAllString(strings.TrimSpace(s), " "))
	if word == "int" {
		return Type{Name: Integer}, nil
	}
	for _, name := range Names() {
		if word == string(name) {
			return Type{Name: name}, nil
		}
	}
	if m := numeric.FindStringSubmatch(word); m != nil {
		return limited(m[1], m[2])
	}
	if word == "" {
		return Type{}, fmt.Errorf("expected one of %s or numeric(p,s), found none", list())
	}
	return Type{}, fmt.Errorf("expected one of %s or numeric(p,s), found %q%s", list(), s, hint(word))
}

func limited(precision, scale string) (Type, error) {
	p, _ := strconv.Atoi(precision) // the pattern admits digits only
	s, _ := strconv.Atoi(scale)     // empty where only a precision was given: 0
	if p < 1 || p > maxPrecision {
		return Type{}, fmt.Errorf("expected a precision of 1 to %d in numeric(p,s), found %d", maxPrecision, p)
	}
	if s > p {
		return Type{}, fmt.Errorf("expected a scale of 0 to the precision %d in numeric(p,s), found %d", p, s)
	}
	return Type{Name: Numeric, Precision: p, Scale: s}, nil
}

func list() string { return strings.Join(words(), ", ") }

func words() []string {
	words := make([]string, 0, len(Names()))
	for _, name := range Names() {
		words = append(words, string(name))
	}
	return words
}

func hint(word string) string {
	bare, _, _ := strings.Cut(word, "(")
	if timed.MatchString(strings.TrimSpace(bare)) {
		return noTime
	}
	if name, ok := synonyms[strings.TrimSpace(bare)]; ok {
		return fmt.Sprintf(": write %s", name)
	}
	return nearest.Hint(bare, words())
}

// SQL is the type as CREATE TABLE takes it.
func (t Type) SQL() string {
	if t.Name == Numeric && t.Precision > 0 {
		return fmt.Sprintf("numeric(%d,%d)", t.Precision, t.Scale)
	}
	return string(t.Name)
}

// String is the type as a dataset writes it.
func (t Type) String() string { return t.SQL() }

// IsNumber is true of the types that hold numbers.
func (t Type) IsNumber() bool {
	switch t.Name {
	case Integer, BigInt, Numeric, DoublePrecision:
		return true
	case Text, Boolean, Date:
		return false
	}
	return false
}

// IsWhole is true of the types that hold whole numbers only.
func (t Type) IsWhole() bool { return t.Name == Integer || t.Name == BigInt }

// Comparable is true where values of both types can be equal: of the same name,
// or both numbers. Precision does not matter.
func (t Type) Comparable(other Type) bool {
	return t.Name == other.Name || t.IsNumber() && other.IsNumber()
}
