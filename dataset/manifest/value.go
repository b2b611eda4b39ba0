package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/filename"
)

// text returns a text that is not empty. A key that is there says something: null and
// "" say nothing, and are mistakes.
func (p *parser) text(n *node, path string) string {
	if n == nil {
		return ""
	}
	s, ok := n.value.(string)
	if !ok || s == "" {
		p.wrong(n.line, path, path+" to be a text that is not empty", describe(n), "Say it, or leave the key out.")
	}
	return s
}

func (p *parser) day(n *node, path string) string {
	s := p.text(n, path)
	if s == "" {
		return ""
	}
	if _, err := dataset.ParseAsOf(s); err != nil {
		expected, found := path+" to be a day, YYYY-MM-DD, such as 2024-01-31", describe(n)
		var none *dataset.NoSuchDayError
		if errors.As(err, &none) {
			expected = path + " to be a day that there is"
			found += fmt.Sprintf(", which is no such day: %s, and the closest is %s", none.Why, dataset.FormatAsOf(none.Closest))
		}
		p.wrong(n.line, path, expected, found, "Correct the day, or leave the key out.")
		return ""
	}
	return s
}

// fileName returns the name, or the one that was probably meant by one that cannot be.
func (p *parser) fileName(n *node, path string) string {
	s := p.text(n, path)
	if s == "" {
		return ""
	}
	if fault := filename.Fault(s); fault != "" {
		action := "Write the name as the dataset has it."
		plain := filename.Plain(s)
		if plain != "" {
			action = fmt.Sprintf("Write %q.", plain)
		}
		p.wrong(n.line, path, fault, describe(n), action)
		return plain
	}
	return s
}

// digestLength is how many hex digits a SHA-256 has.
const digestLength = 64

// otherSums are the sums that people have instead, by their hex digits.
var otherSums = map[int]string{8: "a CRC-32", 32: "an MD5", 40: "a SHA-1", 56: "a SHA-224", 96: "a SHA-384", 128: "a SHA-512"}

func (p *parser) digest(n *node, path string) string {
	s := p.text(n, path)
	if s == "" {
		return ""
	}
	sum := strings.ToLower(s)
	if isHex(sum) && len(sum) == digestLength {
		return sum
	}
	found, action := describe(n), "Write the SHA-256 of the file: sha256sum FILE."
	switch other := otherSums[len(sum)]; {
	case isHex(sum) && other != "":
		found = other + " by its " + strconv.Itoa(len(sum)) + " hex digits"
	case isHex(sum):
		found = strconv.Itoa(len(sum)) + " hex digits"
	case strings.HasPrefix(sum, "sha256:"), strings.HasPrefix(sum, "sha-256:"), strings.HasPrefix(sum, "0x"), strings.TrimSpace(sum) != sum:
		action = "Write the 64 hex digits alone."
	case len(sum) == base64Length && strings.HasSuffix(sum, "="):
		found, action = found+", which may be the sum in base64", "Write the sum as 64 hex digits."
	}
	p.wrong(n.line, path, path+" to be 64 hex digits", found, action)
	return ""
}

// base64Length is how long the 32 bytes of a SHA-256 are in base64.
const base64Length = 44

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// exact is the largest number up to which a double has every whole number.
const exact = 1 << 53

// count returns a whole number from 0.
func (p *parser) count(n *node, path string) *int64 {
	if n == nil {
		return nil
	}
	number, ok := n.value.(json.Number)
	if ok {
		if whole, err := strconv.ParseInt(number.String(), 10, 64); err == nil && whole >= 0 {
			return &whole
		}
		// JSON has whole numbers in other spellings, 7e3 and 7043.0.
		if f, err := number.Float64(); err == nil && f == math.Trunc(f) && f >= 0 && f <= exact {
			whole := int64(f)
			return &whole
		}
	}
	p.wrong(n.line, path, path+" to be a whole number from 0", describe(n), "Correct the number, or leave the key out.")
	return nil
}

// describe says what a value is, for people.
func describe(n *node) string {
	switch v := n.value.(type) {
	case string:
		return strconv.Quote(short(v))
	case json.Number:
		return "the number " + short(v.String())
	case bool:
		return strconv.FormatBool(v)
	case *object:
		return "an object"
	case []*node:
		return "an array"
	}
	return "null"
}

// shown bounds a text of the manifest in a message, in bytes.
const shown = 80

func short(s string) string {
	if len(s) <= shown {
		return s
	}
	cut := shown
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
