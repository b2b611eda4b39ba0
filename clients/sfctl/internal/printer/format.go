package printer

import (
	"fmt"
	"slices"
	"strings"
)

// Format is how a result is written.
type Format string

// The formats of -o.
const (
	Table Format = "table"
	Wide  Format = "wide"
	JSON  Format = "json"
	JSONL Format = "jsonl"
	YAML  Format = "yaml"
	Names Format = "name"
	// CSV is of commands whose result is rows of data.
	CSV Format = "csv"
)

// Formats lists the formats in the order of the help.
func Formats() []string {
	return []string{string(Table), string(Wide), string(JSON), string(JSONL), string(YAML), string(Names)}
}

// ParseFormat reads the value of -o, of a command that has other formats besides.
func ParseFormat(s string, besides ...Format) (Format, error) {
	all := Formats()
	for _, f := range besides {
		all = append(all, string(f))
	}
	if slices.Contains(all, s) {
		return Format(s), nil
	}
	return "", fmt.Errorf("output format %q: want %s", s, strings.Join(all, ", "))
}

// ForPeople says whether the format is laid out for a reader, and not for a program.
func (f Format) ForPeople() bool { return f == Table || f == Wide }
