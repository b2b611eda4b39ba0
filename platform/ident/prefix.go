package ident

import (
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// PostgreSQL takes no NUL, and no identifier has one.
var escapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, "\x00", "\uFFFD")

// Pattern is the LIKE pattern of the identifiers that begin with prefix.
func Pattern(prefix string) string { return escapes.Replace(prefix) + "%" }

// Only returns what a caller meant by the beginning of an identifier: the only one
// that was found, or the one whose identifier is the prefix itself. found holds the
// first two, by identifier, of those that begin with the prefix. Errors: missing
// where there is none, AMBIGUOUS_ID where there are two. noun is what they are.
func Only[T any](noun, prefix string, found []T, id func(T) string, missing error) (T, error) {
	var none T
	switch {
	case len(found) == 0:
		return none, missing
	case len(found) == 1 || id(found[0]) == prefix:
		return found[0], nil
	default:
		return none, problem.New(problem.AmbiguousID,
			"expected the beginning of one %s, found %q, with which %s and %s begin; give more of it",
			noun, prefix, id(found[0]), id(found[1])).With("given", prefix)
	}
}
