package ident

import (
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// ShortestPart is how many characters of an identifier stand for it at least: fewer
// hit another one sooner than not.
const ShortestPart = 4

// length is that of an identifier behind its kind: a ULID in text.
const length = 26

// PostgreSQL takes no NUL, and no identifier has one.
var escapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, "\x00", "\uFFFD")

// Pattern is the LIKE pattern of the identifiers of a kind that part stands for: an
// identifier is its own, a beginning with its kind is a beginning, and anything else
// may stand anywhere behind the kind. Identifiers begin with the time, which all of a
// day share: what tells them apart is their end.
func Pattern(kind, part string) string {
	rest, typed := strings.CutPrefix(part, kind+"_")
	switch {
	case typed && len(rest) >= length:
		return escapes.Replace(part)
	case typed && len(rest) < ShortestPart:
		return escapes.Replace(part) + "%"
	default:
		return escapes.Replace(kind+"_") + "%" + escapes.Replace(rest) + "%"
	}
}

// Beginning is the LIKE pattern of the hashes that begin with prefix.
func Beginning(prefix string) string { return escapes.Replace(prefix) + "%" }

// Named is how many of the identifiers that a part stands for are looked for, and told:
// whether there are more of them than that is all that else is known.
const Named = 4

// Only returns what a caller meant by a part of an identifier: the only one that was
// found, or the one whose identifier is the part itself. found holds the first Named, by
// identifier, of those that part stands for. Errors: missing where there is none,
// AMBIGUOUS_ID where there are several. noun is what they are.
func Only[T any](noun, part string, found []T, id func(T) string, missing error) (T, error) {
	var none T
	switch {
	case len(found) == 0:
		return none, missing
	case len(found) == 1 || id(found[0]) == part:
		return found[0], nil
	default:
		return none, problem.New(problem.AmbiguousID,
			"expected a part of the identifier of one %s, found %q, which %s have",
			noun, part, several(found, id)).With("given", part)
	}
}

// several are identifiers in words; the last of Named stands for all that may follow it.
func several[T any](found []T, id func(T) string) string {
	last := id(found[len(found)-1])
	if len(found) >= Named {
		last = "others"
	}
	var first []string
	for _, f := range found[:len(found)-1] {
		first = append(first, id(f))
	}
	return strings.Join(first, ", ") + " and " + last
}
