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

// Cut shortens a text that has more than most characters, and marks it as cut.
func Cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// Size writes a number of bytes with three digits or fewer: 812 MB, 1.3 GB.
func Size(bytes int64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	n, unit := float64(bytes), 0
	for n >= 999.5 && unit < len(units)-1 {
		n /= 1000
		unit++
	}
	if unit == 0 || n >= 9.95 {
		return strconv.FormatFloat(n, 'f', 0, 64) + " " + units[unit]
	}
	return strconv.FormatFloat(n, 'f', 1, 64) + " " + units[unit]
}
