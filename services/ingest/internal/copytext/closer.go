package copytext

import (
	"bytes"

	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// nullWords are what programs write for no value, in lower case.
var nullWords = [...]string{`\n`, "null", "na", "n/a", "nan", "none", "nil", "nat", "#n/a", "<na>", "(null)", "<null>"}

// closer says more closely what is wrong with a value of another type than text: what
// stands around it, or instead of it.
func (c *Column) closer(fault Fault, v []byte, quoted bool) Fault {
	last := v[len(v)-1]
	switch {
	case !quoted && (v[0] == '\r' || last == '\r'):
		return StrayReturn
	case bytes.HasPrefix(v, byteOrderMark):
		return StrayMark
	case isNullWord(v):
		return NullWord
	}
	bare := unseen.Trim(v)
	if len(bare) == len(v) {
		return fault
	}
	// What is wrong without the blanks too is said of it; it costs a second look, at
	// values that do not fit anyway.
	if _, without := c.Append(nil, bare, false); !without.Fits() {
		return without
	}
	return Blanks
}

func isNullWord(v []byte) bool {
	for _, word := range nullWords {
		if len(v) == len(word) && equalFold(v, word) {
			return true
		}
	}
	return false
}
