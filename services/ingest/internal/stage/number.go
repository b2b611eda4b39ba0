package stage

import (
	"fmt"
	"strconv"
	"strings"
)

// count writes a number for people, 7,043, with its noun: "1 row", "2 rows".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes a number with commas between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

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
	return "lines " + list(names)
}

// maxShown bounds a value that is shown, in characters.
const maxShown = 200

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
