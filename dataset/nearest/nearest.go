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

// shortest is how many letters a beginning of a name has at least, and offered how many
// names are offered at most.
const (
	shortest = 3
	offered  = 3
)

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
	if name := spelled(word, known); name != "" {
		return name
	}
	split := make([][]string, len(known))
	for i, name := range known {
		split[i] = words(strings.ToLower(name))
	}
	if i := swapped(words(word), split); i >= 0 {
		return known[i]
	}
	if i := completed(words(word), split, known); i >= 0 && len(word) >= shortest {
		return known[i]
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

// Hints is Hint, and where several names begin with word, as month_end and month_start
// do with month, the end of a message that offers them all.
func Hints(word string, known []string) string {
	if said := Hint(word, known); said != "" || len(word) < shortest {
		return said
	}
	var begun []string
	for _, name := range known {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(word)+"_") {
			begun = append(begun, fmt.Sprintf("%q", name))
		}
	}
	if len(begun) < 2 || len(begun) > offered {
		return ""
	}
	return fmt.Sprintf(": did you mean %s?", strings.Join(begun, " or "))
}

// spelled is the name of which word is a spelling: the first of the nearest, if any name
// is near. What differs most may be allowed most, so a name that is not near by itself
// is meant rather than one that is, and is farther.
func spelled(word string, known []string) string {
	most := max(1, len(word)/3) // what is allowed of any name
	best, bestDistance, near := "", most+1, false
	for _, name := range known {
		lower := strings.ToLower(name)
		if len(lower) > len(word)+most || len(lower) < len(word)-most {
			continue // every letter more or less is a difference
		}
		d := distance(word, lower, most)
		if d > most || opposite(word, lower, d) {
			continue
		}
		near = near || d <= allowed(word, lower)
		if d < bestDistance {
			best, bestDistance = name, d
		}
	}
	if !near {
		return ""
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

// swapped finds the name that has the same words, two neighbours the other way round;
// -1 where there is none.
func swapped(word []string, names [][]string) int {
	for i := 1; i < len(word); i++ {
		other := slices.Clone(word)
		other[i-1], other[i] = other[i], other[i-1]
		if found := slices.IndexFunc(names, func(name []string) bool { return slices.Equal(other, name) }); found >= 0 {
			return found
		}
	}
	return -1
}

// completed finds the only name that word is a shorter form of; -1 where there is none,
// or more than one.
func completed(word []string, names [][]string, known []string) int {
	only := -1
	for i, name := range names {
		if !completes(word, name) {
			continue
		}
		if only >= 0 && known[only] != known[i] {
			return -1
		}
		only = i
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
		case i < len(some) && (w == some[i] || last && len(some[i]) >= shortest && strings.HasPrefix(w, some[i])):
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
	return distance(bareA, bareB, differ) < differ
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
