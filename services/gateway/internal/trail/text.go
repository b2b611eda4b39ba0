package trail

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxText and maxFacts are how long a text of a line is, in bytes; the contract takes more.
const (
	maxText  = 190
	maxFacts = 4000
)

// plain is a copy of a line whose texts are as the database keeps them: short, valid, and
// nothing in them that moves a terminal or turns a line around.
func plain(l *Line) *Line {
	l = proto.CloneOf(l)
	m := l.ProtoReflect()
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.Kind() == protoreflect.StringKind {
			most := maxText
			if fd.Name() == "facts" {
				most = maxFacts
			}
			m.Set(fd, protoreflect.ValueOfString(clean(v.String(), most)))
		}
		return true
	})
	return l
}

func clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
