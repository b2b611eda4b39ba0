package stage

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/streamflow/streamflow/platform/personal"
)

// list writes names for people: "a", "a and b", "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// lines writes line numbers for people, of n in all: "lines 2 and 7".
func lines(first []int64, n int64) string {
	names := make([]string, 0, len(first)+1)
	for _, l := range first {
		names = append(names, strconv.FormatInt(l, 10))
	}
	if more := n - int64(len(first)); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	if n == 1 {
		return "line " + list(names)
	}
	return "lines " + list(names)
}

// maxShown bounds a value that is shown, in characters.
const maxShown = 200

// cutAll shortens values as cut does.
func cutAll(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = cut([]byte(v))
	}
	return out
}

// shown is a raw value of a column as a report has it.
func shown(veil *personal.Veil, column string, v []byte) string {
	if veil.Hides(column) {
		return veil.Value(column, string(v))
	}
	return cut(v)
}

// cut shortens a raw value for a report, with … for the rest. Bytes that are not UTF-8 are written as
// <0xE9>, and a NUL becomes its symbol, since neither can be stored as text.
func cut(v []byte) string {
	var b strings.Builder
	for n := 0; len(v) > 0 && n < maxShown; n++ {
		r, size := utf8.DecodeRune(v)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "<0x%02X>", v[0])
		case r == 0:
			b.WriteRune('\u2400')
		default:
			b.WriteRune(r)
		}
		v = v[size:]
	}
	if len(v) > 0 {
		b.WriteString("…")
	}
	return b.String()
}
