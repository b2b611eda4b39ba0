package copytext

var booleans = [...]struct {
	word  string
	value byte
}{{"true", 't'}, {"false", 'f'}, {"t", 't'}, {"f", 'f'}, {"1", 't'}, {"0", 'f'}, {"yes", 't'}, {"no", 'f'}}

func appendBoolean(dst, v []byte) ([]byte, Fault) {
	if value, ok := Truth(v); ok {
		return append(dst, value), OK
	}
	return dst, NotBoolean
}

// Truth reads a truth value: t or f, and whether it is one.
func Truth(v []byte) (value byte, ok bool) {
	for i := range booleans {
		if len(v) == len(booleans[i].word) && equalFold(v, booleans[i].word) {
			return booleans[i].value, true
		}
	}
	return 0, false
}

// equalFold compares with a lower case word of the same length, letters of any case.
func equalFold(v []byte, word string) bool {
	for i := range len(word) {
		c := v[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
