package printer

import (
	"fmt"
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
)

// Formats lists the formats in the order of the help.
func Formats() []string {
	return []string{string(Table), string(Wide), string(JSON), string(JSONL), string(YAML), string(Names)}
}

// ParseFormat reads the value of -o.
func ParseFormat(s string) (Format, error) {
	for _, f := range Formats() {
		if s == f {
			return Format(f), nil
		}
	}
	return "", fmt.Errorf("output format %q: want %s", s, strings.Join(Formats(), ", "))
}

// ForPeople says whether the format is laid out for a reader, and not for a program.
func (f Format) ForPeople() bool { return f == Table || f == Wide }
