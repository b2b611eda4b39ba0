package columntype

import (
	"regexp"
	"strconv"
	"strings"
)

// bracketed is a type with its limits behind it, as format_type writes it.
var bracketed = regexp.MustCompile(`^(.*)\((\d+)(?:,(\d+))?\)$`)

// OfSQL reads a type as PostgreSQL's format_type writes it; ok is false where it is none
// that a column may declare.
func OfSQL(sql string) (t Type, ok bool) {
	name, first, second := sql, 0, 0
	if m := bracketed.FindStringSubmatch(sql); m != nil {
		name = m[1]
		first, _ = strconv.Atoi(m[2]) // digits
		second, _ = strconv.Atoi(m[3])
	}
	for _, k := range kinds {
		if k.postgres != strings.TrimSpace(name) {
			continue
		}
		t = Type{Name: k.name}
		switch k.limit {
		case length:
			t.Length = first
		case precision:
			t.Precision, t.Scale = first, second
		case unlimited:
		}
		return t, t.SQL() == sql
	}
	return Type{}, false
}
