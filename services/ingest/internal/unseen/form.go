package unseen

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Form returns what texts share that differ only in what cannot be seen: normal form C,
// without blanks and invisible characters at the edges, and without those that are
// hidden inside. Form of a form is itself. The result may lie in the memory of v.
func Form(v []byte) []byte {
	// What is hidden may keep two characters apart that are one in normal form; a part of
	// a normal text is normal, so that trimming comes last.
	return Trim(norm.NFC.Bytes(shown(v)))
}

// Alike says of two texts that they differ, and only in what cannot be seen.
func Alike(a, b []byte) bool { return !bytes.Equal(a, b) && bytes.Equal(Form(a), Form(b)) }

// CodePoints names the first characters of a text: "U+0065 U+0308", with how many more
// there are.
func CodePoints(v []byte) string {
	var names []string
	more := 0
	for _, r := range string(v) {
		if len(names) == maxNamed {
			more++
			continue
		}
		names = append(names, fmt.Sprintf("%U", r))
	}
	said := strings.Join(names, " ")
	if more > 0 {
		said += fmt.Sprintf(" and %d more", more)
	}
	return said
}

// Differ names where two texts part, by code points of either: "U+0065 U+0308 for
// U+00EB". Both must be alike.
func Differ(a, b []byte) string {
	x, y := []rune(string(a)), []rune(string(b))
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	of := func(r []rune) string {
		if len(r) == 0 {
			return "nothing"
		}
		return CodePoints([]byte(string(r)))
	}
	return of(x) + " for " + of(y)
}

// Oddity names what keeps a text from being its own form: "U+0020 at its end", "U+0065
// U+0308 for U+00EB"; empty where nothing does.
func Oddity(v []byte) string {
	var said []string
	if edges := Edges(v); edges != "" {
		said = append(said, edges)
	}
	if inside := Inside(v); inside != "" {
		said = append(said, inside)
	}
	if bare, form := shown(Trim(v)), Form(v); !bytes.Equal(bare, form) {
		said = append(said, Differ(bare, form))
	}
	return strings.Join(said, ", ")
}
