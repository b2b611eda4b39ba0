// Package prose writes counts the way people read them, the same in summaries,
// findings, pages and tables.
package prose

import "strconv"

// Number writes a whole number with commas between its thousands: 7,043.
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Count writes a number with its noun, which gets an s unless the number is 1:
// 1 row, 7,043 rows.
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + noun + "s"
}
