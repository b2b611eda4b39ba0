package printer

import (
	"regexp"
	"strings"
)

// bothNames is a flag with, in brackets behind it, what REST calls it.
var bothNames = regexp.MustCompile("(--[a-z]+(?:-[a-z]+)*`?) \\(([a-z]+(?:_[a-z]+)*)\\)")

// Flags leaves out of advice what REST calls a flag that it names: services answer both
// sfctl and REST, and say both. A word in brackets that is no field's name stays.
func Flags(text string) string {
	return bothNames.ReplaceAllStringFunc(text, func(both string) string {
		m := bothNames.FindStringSubmatch(both)
		flag := strings.Trim(m[1], "-`")
		if strings.Contains(m[2], "_") || m[2] == flag {
			return m[1]
		}
		return both
	})
}
