package columntype

// limit says what stands in brackets behind a type's name.
type limit int

const (
	unlimited limit = iota
	length          // varchar(n), char(n): characters
	precision       // numeric(p,s): digits, and those after the point; may be left out
)

// trait is something that is true of a type.
type trait int

const (
	number  trait = 1 << iota // holds numbers
	whole                     // holds whole numbers only
	text                      // holds texts, ordered byte by byte
	notANum                   // has a value NaN
	inexact                   // values that look equal may differ, or the other way round
)

// varying is the width of a type whose values may be stored beside the row.
const varying = 0

// kind is what is known of one type. It is the only place in which a type is told
// from another; whoever adds one begins here.
type kind struct {
	name Name
	// postgres is PostgreSQL's own name, as format_type writes it, and cast the one
	// under which a value is cast without being cut or rounded.
	postgres, cast string
	limit          limit
	traits         trait
	// width is how many bytes a value takes in a row, or varying, and align how it is
	// aligned there.
	width, align int
	// example is a value as a file has it, which every limit takes.
	example string
}

// kinds are all types, in the order in which messages offer them.
var kinds = []kind{
	{Text, "text", "text", unlimited, text, varying, 1, "a"},
	{VarChar, "character varying", "character varying", length, text, varying, 1, "a"},
	{Char, "character", "bpchar", length, text, varying, 1, "a"},
	{SmallInt, "smallint", "smallint", unlimited, number | whole, 2, 2, "7"},
	{Integer, "integer", "integer", unlimited, number | whole, 4, 4, "7"},
	{BigInt, "bigint", "bigint", unlimited, number | whole, 8, 8, "7"},
	{Numeric, "numeric", "numeric", precision, number | notANum, varying, 1, "0"},
	{Real, "real", "real", unlimited, number | notANum | inexact, 4, 4, "7"},
	{DoublePrecision, "double precision", "double precision", unlimited, number | notANum | inexact, 8, 8, "7"},
	{Boolean, "boolean", "boolean", unlimited, 0, 1, 1, "true"},
	{Date, "date", "date", unlimited, 0, 4, 4, "2024-01-31"},
	{Timestamp, "timestamp without time zone", "timestamp without time zone", unlimited, 0, 8, 8, "2024-01-31 12:00:00"},
	{TimestampTZ, "timestamp with time zone", "timestamp with time zone", unlimited, 0, 8, 8, "2024-01-31T12:00:00Z"},
	{UUID, "uuid", "uuid", unlimited, 0, 16, 1, "0f3b2c1d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"},
	{JSONB, "jsonb", "jsonb", unlimited, inexact, varying, 1, "{}"},
}

var byName = func() map[Name]kind {
	all := make(map[Name]kind, len(kinds))
	for _, k := range kinds {
		all[k.name] = k
	}
	return all
}()

func (t Type) is(what trait) bool { return byName[t.Name].traits&what != 0 }

// Example is a value of the type as a file has it, for people.
func (t Type) Example() string { return byName[t.Name].example }

// IsNumber is true of the types that hold numbers.
func (t Type) IsNumber() bool { return t.is(number) }

// IsWhole is true of the types that hold whole numbers only.
func (t Type) IsWhole() bool { return t.is(whole) }

// IsText is true of the types that hold texts: text, varchar(n) and char(n). Their
// order depends on a collation.
func (t Type) IsText() bool { return t.is(text) }

// IsBinary is true of the number types that hold binary fractions, rounded as they are.
func (t Type) IsBinary() bool { return t.is(number) && t.is(inexact) }

// HoldsNaN is true of the types with a NaN, which PostgreSQL orders after every number.
func (t Type) HoldsNaN() bool { return t.is(notANum) }

// FitsKey is true of the types that may stand in a key: those of which a value has one
// meaning and compares exactly.
func (t Type) FitsKey() bool { return !t.is(inexact) }

// inRow is how long a value of a type that varies may be and still be stored within
// its row, whatever else stands there: a longer one makes way
// (https://www.postgresql.org/docs/current/storage-toast.html).
const inRow = 24

// utf8Max is the length in bytes of the longest character.
const utf8Max = 4

// Width is how many bytes the widest value takes within its row, and on which multiple
// of bytes it begins.
func (t Type) Width() (bytes, align int) {
	k := byName[t.Name]
	switch {
	case k.width != varying:
		return k.width, k.align
	case k.limit == length:
		return min(inRow, 1+utf8Max*t.Length), 1
	case k.limit == precision && t.Precision > 0: // four digits to two bytes, on both sides of the point
		return min(inRow, 3+2*((t.Precision-t.Scale+3)/4+(t.Scale+3)/4)), 1
	}
	return inRow, 1
}

// Comparable is true where values of both types can be equal: of the same name,
// both numbers, or both texts. Limits do not matter.
func (t Type) Comparable(other Type) bool {
	return t.Name == other.Name || t.IsNumber() && other.IsNumber() || t.IsText() && other.IsText()
}
