// Package exact reads decimal numbers that a double holds as they are written. A
// dataset's free values are doubles: what one of them would change is refused where
// the number is still the text that somebody wrote, in YAML and in JSON alike.
package exact

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// Advice is what to do about a number that is refused.
const Advice = "put it in quotes, and it keeps every digit"

// Shorter is what to do about one of a field that is a double for good, and that quotes do
// not keep either.
const Shorter = "write it with fewer digits, of which a double keeps about 16"

// decimal leaves out what Go reads as a number besides: 1_0, 0x1p-2, Inf.
var decimal = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// IsDecimal says whether a text is a decimal number as JSON writes one.
func IsDecimal(text string) bool { return decimal.MatchString(text) }

// Float returns the double whose shortest decimal is the number written, and whether
// there is one. written is a decimal as JSON has it, with a sign, a fraction and an
// exponent or without; -0 is 0.
func Float(written string) (float64, bool) {
	if !decimal.MatchString(written) {
		return 0, false
	}
	number, err := strconv.ParseFloat(written, 64)
	if err != nil || !holds(number, written) {
		return 0, false
	}
	if number == 0 {
		return 0, true
	}
	return number, true
}

func holds(number float64, written string) bool {
	if number == 0 {
		mantissa, _, _ := strings.Cut(strings.ToLower(written), "e")
		return !strings.ContainsAny(mantissa, "123456789")
	}
	// number is finite and not 0, so the exponent of written is small too, and the
	// exact fractions stay small.
	exact, ok := new(big.Rat).SetString(written)
	shortest, ok2 := new(big.Rat).SetString(strconv.FormatFloat(number, 'e', -1, 64))
	return ok && ok2 && exact.Cmp(shortest) == 0
}
