package expectation

import (
	"regexp"
	"strconv"
	"strings"
)

// decimal is how a number is written as a text, with an exponent or without: its sign, its
// digits before and behind the point, and the exponent.
var decimal = regexp.MustCompile(`^([-+]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$`)

// longestNumber is more digits than a double's smallest number has, and few enough to compare
// in no time.
const longestNumber = 1100

// plain returns a decimal number without its exponent, and whether the text is one of at most
// longestNumber characters then. One without an exponent is returned as it is.
func plain(text string) (string, bool) {
	parts := decimal.FindStringSubmatch(text)
	if parts == nil || len(text) > longestNumber {
		return "", false
	}
	sign, whole, fraction, exponent := parts[1], parts[2], parts[3], parts[4]
	if exponent == "" {
		return text, true
	}
	shift, err := strconv.Atoi(exponent)
	if err != nil || shift > longestNumber || shift < -longestNumber {
		return "", false
	}
	digits, point := whole+fraction, len(whole)+shift
	if point <= 0 {
		digits, point = strings.Repeat("0", 1-point)+digits, 1
	}
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	written := strings.TrimLeft(digits[:point-1], "0") + digits[point-1:point] // a digit stands before the point
	if behind := strings.TrimRight(digits[point:], "0"); behind != "" {
		written += "." + behind
	}
	return sign + written, len(written) <= longestNumber
}

// isZero says whether a decimal number is 0, whatever its exponent.
func isZero(text string) bool {
	mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
	return !strings.ContainsAny(mantissa, "123456789")
}
