package copytext

import (
	"bytes"
	"unicode/utf8"
)

var byteOrderMark = []byte("\ufeff")

// appendText appends text with what COPY reads as more than itself escaped.
func appendText(dst, v []byte, quoted bool) ([]byte, Fault) {
	begin, ascii := 0, true
	for i := plainBytes(v); i < len(v); i++ {
		c := v[i]
		if c >= utf8.RuneSelf {
			ascii = false
			continue
		}
		if c > '\r' && c != '\\' {
			continue
		}
		var escape byte
		switch c {
		case 0:
			return dst, HasNUL
		case '\\':
			escape = '\\'
		case '\n':
			escape = 'n'
		case '\r':
			if !quoted && (i == 0 || i == len(v)-1) {
				return dst, StrayReturn
			}
			escape = 'r'
		case '\t':
			escape = 't'
		default:
			continue
		}
		dst = append(dst, v[begin:i]...)
		dst = append(dst, '\\', escape)
		begin = i + 1
	}
	dst = append(dst, v[begin:]...)
	if ascii && v[0] != '#' && (quoted || len(v) > longestNull) {
		return dst, OK
	}
	return dst, remarkText(v, ascii, quoted)
}

// longestNull is the length of the longest of nullTexts.
const longestNull = 4

// nullTexts are what programs and people write for no value and hardly ever for a text.
// NA, which is a country, is not among them.
var nullTexts = [...]string{`\N`, "NULL", "null", "Null", "NaN", "nan", "None", "N/A", "n/a", "-"}

// remarkText judges a text that is not plain ASCII, or as short as a word for NULL.
func remarkText(v []byte, ascii, quoted bool) Fault {
	switch {
	case ascii && isSheetError(v):
		return SheetError
	case ascii:
		for _, word := range nullTexts {
			if !quoted && string(v) == word {
				return ReadsNull
			}
		}
		return OK
	case !utf8.Valid(v):
		return NotUTF8
	case bytes.HasPrefix(v, byteOrderMark):
		return StrayMark
	case replaced(v):
		return Replaced
	}
	return NotASCII
}

// sheetErrors are what spreadsheets show, and export, where a formula has no value.
var sheetErrors = [...]string{"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#ERROR!"}

func isSheetError(v []byte) bool {
	if v[0] != '#' {
		return false
	}
	for _, word := range sheetErrors {
		if string(v) == word {
			return true
		}
	}
	return false
}

// replacement is U+FFFD, of which the first byte is rare.
var replacement = []byte("\ufffd")

func replaced(v []byte) bool {
	i := bytes.IndexByte(v, replacement[0])
	return i >= 0 && bytes.Contains(v[i:], replacement)
}
