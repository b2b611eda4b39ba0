// Package nearest finds the known name that somebody probably meant.
package nearest

import (
	"fmt"
	"strings"
)

// longest bounds the work per name; no name of a dataset is near this length.
const longest = 128

// Name returns the known name nearest to word, or "" where none is near: at most
// a third of the letters may differ (one in short words), a swap of two
// neighbours counts as one difference, and a beginning of three letters or more
// finds the name that it begins.
func Name(word string, known []string) string {
	if word == "" || len(word) > longest {
		return ""
	}
	word = strings.ToLower(word)
	best, bestDistance := "", max(1, len(word)/3)+1
	for _, name := range known {
		if d := distance(word, strings.ToLower(name)); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	for _, name := range known {
		if strings.HasPrefix(strings.ToLower(name), word) {
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

// distance is the optimal string alignment distance: insertions, deletions,
// replacements, and swaps of neighbours, each counting one.
func distance(a, b string) int {
	if len(b) > longest {
		return longest
	}
	var before []int
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current := make([]int, len(b)+1)
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous = previous, current
	}
	return previous[len(b)]
}
