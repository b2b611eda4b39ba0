// Package nearest finds the known name that somebody probably meant. A wrong hint costs
// more than none: it is taken. So a name is near only where few letters differ in the
// part that is not the same, and never where the difference says the opposite.
package nearest

import (
	"fmt"
	"slices"
	"strings"
)

// longest bounds the work per name; no name of a dataset is near this length.
const longest = 128

// Name returns the known name nearest to word, or "" where none is near: at most
// a third of the letters may differ (one in short words), not counting the words that
// both begin or end with; a swap of two neighbours counts as one difference. Otherwise
// it is the name in which two neighbouring words are swapped, or the only name that has all of the words, in their order, the last one of three
// letters or more perhaps only begun. A name with a "not" is never near one without.
func Name(word string, known []string) string {
	if word == "" || len(word) > longest {
		return ""
	}
	word = strings.ToLower(word)
	for _, find := range []func(string, []string) string{spelled, swapped, completed} {
		if name := find(word, known); name != "" {
			return name
		}
	}
	return ""
}

// Hint is the end of a message, `: did you mean "name"?`, or "" where no known
// name is near.
func Hint(word string, known []string) string {
	if name := Name(word, known); name != "" {
		return fmt.Sprintf(": did you mean %q?", name)
	}
	return ""
}

// spelled is the name of which word is a spelling, the first of the nearest.
func spelled(word string, known []string) string {
	best, bestDistance := "", longest
	for _, name := range known {
		lower := strings.ToLower(name)
		d := distance(word, lower)
		if d < bestDistance && d <= allowed(word, lower) && !opposite(word, lower, d) {
			best, bestDistance = name, d
		}
	}
	return best
}

// allowed is how many letters of word may differ from a name.
func allowed(word, name string) int {
	rest, of := words(word), words(name)
	for len(rest) > 0 && len(of) > 0 && rest[0] == of[0] {
		rest, of = rest[1:], of[1:]
	}
	for len(rest) > 0 && len(of) > 0 && rest[len(rest)-1] == of[len(of)-1] {
		rest, of = rest[:len(rest)-1], of[:len(of)-1]
	}
	return max(1, len(strings.Join(rest, "_"))/3)
}

// swapped is the name that has the same words, two neighbours the other way round.
func swapped(word string, known []string) string {
	of := words(word)
	for i := 1; i < len(of); i++ {
		of[i-1], of[i] = of[i], of[i-1]
		for _, name := range known {
			if slices.Equal(of, words(strings.ToLower(name))) {
				return name
			}
		}
		of[i-1], of[i] = of[i], of[i-1]
	}
	return ""
}

// completed is the only name that word is a shorter form of.
func completed(word string, known []string) string {
	only := ""
	if len(word) < 3 {
		return only
	}
	for _, name := range known {
		if !completes(words(word), words(strings.ToLower(name))) {
			continue
		}
		if only != "" && only != name {
			return ""
		}
		only = name
	}
	return only
}

// completes is true where a name has all of some words in their order, the last one
// perhaps only begun, and no "not" besides.
func completes(some, name []string) bool {
	negated, i := 0, 0
	for _, w := range name {
		last := i == len(some)-1
		switch {
		case i < len(some) && (w == some[i] || last && len(some[i]) >= 3 && strings.HasPrefix(w, some[i])):
			i++
		case negations[w]:
			negated++
		}
	}
	return i == len(some) && negated == 0
}

func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("_-. ", r) })
}

// negations turn a name into its opposite.
var negations = map[string]bool{"not": true, "no": true, "non": true}

// opposite is true where what differs, by so many letters, is a negation: without
// those that either has, the two are nearer. A "not" that is misspelt is none of these.
func opposite(a, b string, differ int) bool {
	bareA, bareB := affirmed(a), affirmed(b)
	if len(words(a))-len(words(bareA)) == len(words(b))-len(words(bareB)) {
		return false
	}
	return distance(bareA, bareB) < differ
}

func affirmed(name string) string {
	var kept []string
	for _, w := range words(name) {
		if !negations[w] {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, "_")
}
