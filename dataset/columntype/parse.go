package columntype

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/nearest"
)

// PostgreSQL's limits for numeric(p,s), and for varchar(n) and char(n).
const (
	maxPrecision = 1000
	maxLength    = 10_485_760
)

// synonyms are what people write for our types, elsewhere and in PostgreSQL.
// Only int is accepted; the others become a hint, so that a dataset has one
// spelling of each type.
var synonyms = map[string]string{
	"int4": "integer", "int32": "integer", "int2": "smallint", "int16": "smallint", "tinyint": "smallint",
	"int8": "bigint", "int64": "bigint", "long": "bigint", "serial": "integer", "bigserial": "bigint",
	"decimal": "numeric", "number": "numeric", "money": "numeric",
	"float4": "real", "float32": "real",
	"float": "double precision", "float8": "double precision", "float64": "double precision", "double": "double precision",
	"bool": "boolean", "string": "text", "str": "text", "clob": "text", "citext": "text",
	"varchar": "text, or varchar(n) with a limit", "character varying": "varchar(n)", "nvarchar": "varchar(n)", "varchar2": "varchar(n)",
	"char": "char(n)", "character": "char(n)", "bpchar": "char(n)", "nchar": "char(n)",
	"timestamp without time zone": "timestamp", "datetime": "timestamp", "datetime64": "timestamp", "datetime2": "timestamp", "timestamp": "timestamp",
	"timestamp with time zone": "timestamptz", "datetimeoffset": "timestamptz", "timestamptz": "timestamptz", "timestampz": "timestamptz",
	"guid": "uuid", "uniqueidentifier": "uuid", "json": "jsonb", "hstore": "jsonb", "variant": "jsonb",
}

var (
	spaces  = regexp.MustCompile(`\s+`)
	limited = regexp.MustCompile(`^([a-z]+) ?\( ?(\d{1,9}) ?(?:, ?(\d{1,9}) ?)?\)$`)
)

// Parse reads a type as a dataset writes it; case and spacing do not matter.
// int is integer, and numeric(p) is numeric(p,0), as in PostgreSQL.
func Parse(s string) (Type, error) {
	word := strings.ToLower(spaces.ReplaceAllString(strings.TrimSpace(s), " "))
	if word == "int" {
		return Type{Name: Integer}, nil
	}
	if k, ok := byName[Name(word)]; ok && k.limit != length {
		return Type{Name: k.name}, nil
	}
	if m := limited.FindStringSubmatch(word); m != nil {
		first, _ := strconv.Atoi(m[2])  // the pattern admits digits only
		second, _ := strconv.Atoi(m[3]) // empty where only one was given: 0
		switch k := byName[Name(m[1])]; {
		case k.limit == precision:
			return withPrecision(first, second)
		case k.limit == length && m[3] == "":
			return withLength(k.name, first)
		}
	}
	if word == "" {
		return Type{}, fmt.Errorf("expected one of %s, found none", offered())
	}
	return Type{}, fmt.Errorf("expected one of %s, found %q%s", offered(), s, hint(word))
}

func withPrecision(p, s int) (Type, error) {
	if p < 1 || p > maxPrecision {
		return Type{}, fmt.Errorf("expected a precision of 1 to %d in numeric(p,s), found %d", maxPrecision, p)
	}
	if s > p {
		return Type{}, fmt.Errorf("expected a scale of 0 to the precision %d in numeric(p,s), found %d", p, s)
	}
	return Type{Name: Numeric, Precision: p, Scale: s}, nil
}

func withLength(name Name, n int) (Type, error) {
	if n < 1 || n > maxLength {
		return Type{}, fmt.Errorf("expected a length of 1 to %d characters in %s(n), found %d", maxLength, name, n)
	}
	return Type{Name: name, Length: n}, nil
}

// offered lists the types as they may be written: "text, varchar(n), … or jsonb".
func offered() string {
	var words []string
	for _, k := range kinds {
		switch k.limit {
		case length:
			words = append(words, string(k.name)+"(n)")
		case precision:
			words = append(words, string(k.name), string(k.name)+"(p,s)")
		case unlimited:
			words = append(words, string(k.name))
		}
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// hint is what was meant, as far as that can be guessed.
func hint(word string) string {
	bare, limits, _ := strings.Cut(word, "(")
	bare = strings.TrimSpace(bare)
	if meant, ok := synonyms[bare]; ok {
		if m := limited.FindStringSubmatch("x(" + limits); m != nil {
			meant = strings.Replace(meant, "(n)", "("+m[2]+")", 1)
			if meant == string(Numeric) {
				meant += "(" + limits
			}
		}
		return ": write " + meant
	}
	words := make([]string, 0, len(kinds))
	for _, k := range kinds {
		words = append(words, string(k.name))
	}
	return nearest.Hint(bare, words)
}
