package prose

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// HasWord says whether a text has a word, or several in a row, as such and not as a part of
// a longer one. Letters, digits, _ and - make words; case does not matter.
func HasWord(text, word string) bool {
	text, word = strings.ToLower(text), strings.ToLower(word)
	for at := 0; word != ""; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[to:])
		if !ofWord(before) && !ofWord(after) {
			return true
		}
		_, size := utf8.DecodeRuneInString(word)
		at = from + size
	}
	return false
}

// shortestKey is how many characters a key has at least that is looked for: a shorter one is
// a word of any sentence.
const shortestKey = 3

// HasKey says whether a text has a value of a key as a word; blanks around it do not count.
func HasKey(text, value string) bool {
	value = strings.TrimSpace(value)
	return utf8.RuneCountInString(value) >= shortestKey && HasWord(text, value)
}

func ofWord(r rune) bool {
	return r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}
