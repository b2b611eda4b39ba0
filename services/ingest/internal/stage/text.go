package stage

import (
	"fmt"
	"strconv"
	"strings"
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

// cut shortens a raw value for a report. Bytes that are not UTF-8 become U+FFFD, and a
// NUL becomes its symbol, since neither can be stored as text.
func cut(v []byte) string {
	s := strings.ToValidUTF8(string(v[:min(len(v), 4*maxShown)]), "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\u2400")
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown])
	}
	return s
}
