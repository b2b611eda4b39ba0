package copytext

// The lengths of a UUID without and with its four hyphens.
const (
	uuidDigits = 32
	uuidLength = uuidDigits + 4
)

// appendUUID appends a UUID as PostgreSQL writes it: lower case, in groups. It may come
// in a row, in upper case, and in braces.
func appendUUID(dst, v []byte) ([]byte, Fault) {
	if n := len(v); n > 2 && v[0] == '{' && v[n-1] == '}' {
		v = v[1 : n-1]
	}
	grouped := len(v) == uuidLength
	if !grouped && len(v) != uuidDigits {
		return dst, NotUUID
	}
	i := 0
	for digit := range uuidDigits {
		if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
			dst = append(dst, '-')
			if grouped {
				if v[i] != '-' {
					return dst, NotUUID
				}
				i++
			}
		}
		c := v[i]
		i++
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			c += 'a' - 'A'
		default:
			return dst, NotUUID
		}
		dst = append(dst, c)
	}
	return dst, OK
}
