package copytext

// Fault says why a value does not fit, or what is to be said of one that does; OK where
// there is nothing to say.
type Fault uint8

// What is said of values that fit.
const (
	OK Fault = iota
	// NotASCII is a text with a byte of 0x80 or more, which may look like another one.
	NotASCII
	// LeadingZeros is a number that is written as a code is, and loses its zeros.
	LeadingZeros
	// ReadsNull is a text that programs write for no value, such as \N.
	ReadsNull
	// Replaced is a text with U+FFFD in it, which stands where a program could not read a
	// character. Like NotASCII, it has a byte of 0x80 or more.
	Replaced
	// SheetError is a text that spreadsheets show in place of a value, such as #REF!.
	SheetError
)

// What keeps values from fitting.
const (
	NotWhole Fault = iota + SheetError + 1
	NotNumber
	// Separated is a number with separators between thousands, or a decimal comma.
	Separated
	NotFinite
	OutOfRange
	TooManyDigits
	TooManyDecimals
	ZerosAfterPoint
	NotBoolean
	NotDate
	NoSuchDay
	NotUTF8
	HasNUL
	EmptyQuoted
	NullWord
	Blanks
	StrayReturn
	StrayMark
	TooLong
	NotUUID
	NotTimestamp
	NoSuchTime
	LeapSecond
	TooFine
	NoZone
	HasZone
	Skipped
	Twice
	NotJSON
	TooDeep
	RepeatedName
	EscapedNUL
	HalfPair
)

// Fits says whether the value goes into its column all the same.
func (f Fault) Fits() bool { return f < NotWhole }

var said = [...]string{
	OK:              "fits",
	NotASCII:        "is not plain ASCII",
	LeadingZeros:    "has leading zeros, which a number does not keep",
	ReadsNull:       "reads as programs write no value, and is kept as a text",
	Replaced:        "has the replacement character U+FFFD in it",
	SheetError:      "is what a spreadsheet shows in place of a value",
	NotWhole:        "is not a whole number",
	NotNumber:       "is not a number",
	Separated:       "is not a number of digits and a point alone: a comma or a second point may part thousands or decimals",
	NotFinite:       "is not a finite number",
	OutOfRange:      "is out of the type's range",
	TooManyDigits:   "has more digits before the point than the type holds",
	TooManyDecimals: "has more digits after the point than the type holds",
	ZerosAfterPoint: "has more zeros after the point than the type takes: 1.000 may be a thousand",
	NotBoolean:      "is not a boolean",
	NotDate:         "is not a date of the form YYYY-MM-DD",
	NoSuchDay:       "is no day of the calendar",
	NotUTF8:         "is not UTF-8 text",
	HasNUL:          "holds a NUL byte, which text cannot",
	EmptyQuoted:     "is an empty text in quotes, where only an empty field is NULL",
	NullWord:        "stands for no value, where an empty field is NULL",
	Blanks:          "is surrounded by blanks or invisible characters",
	StrayReturn:     "has a stray CR at an edge, outside quotes",
	StrayMark:       "begins with a byte order mark, U+FEFF, inside the file",
	TooLong:         "has more characters than the type holds",
	NotUUID:         "is not a UUID",
	NotTimestamp:    "is not a timestamp of the form YYYY-MM-DD hh:mm:ss",
	NoSuchTime:      "is no time of a day, which has 00:00:00 to 23:59:59",
	LeapSecond:      "is a leap second, which PostgreSQL does not have",
	TooFine:         "has more digits of a second than microseconds have",
	NoZone:          "has no offset from UTC",
	HasZone:         "has an offset from UTC, which timestamp does not keep",
	Skipped:         "is a time that the clocks of the zone skipped",
	Twice:           "is a time that the clocks of the zone showed twice",
	NotJSON:         "is not JSON",
	TooDeep:         "has more than 100 levels of arrays and objects",
	RepeatedName:    "has an object with the same name twice",
	EscapedNUL:      `has a NUL character, written \u0000`,
	HalfPair:        "has half of a surrogate pair, which is no character",
}

// String says what is wrong, to stand behind the value.
func (f Fault) String() string { return said[f] }

const correct = "Correct the rows, or the column's type in the dataset, and deliver the file again."

var mends = map[Fault]string{
	LeadingZeros:    "If it is a code, such as a postal code, declare the column text: a code is no number.",
	ReadsNull:       "Deliver an empty field for NULL; a text that really reads so stands in quotes.",
	Replaced:        "Have the file exported anew, as UTF-8: whatever wrote it read its own source in another encoding, and put U+FFFD where it could not. What stood there cannot be had from this file.",
	SheetError:      "Correct the formula in the spreadsheet, and export the file anew; where there is no value, deliver an empty field.",
	NotWhole:        "Deliver whole numbers in digits alone, without decimals, exponents (1000, not 1e3) and separators between thousands; where the values have decimals, declare the column numeric(p,s).",
	ZerosAfterPoint: "Deliver numbers without separators between thousands, and with no more digits after the point than the column declares (numeric(p,s)).",
	Separated:       "Deliver numbers without separators between thousands, and with a point before the decimals, not a comma: 1000.50.",
	NotUTF8:         "Save the file as UTF-8, and deliver it again: iconv -f WINDOWS-1252 -t UTF-8, for example.",
	EmptyQuoted:     "Deliver an empty field without quotes for NULL.",
	NullWord:        "Deliver an empty field for NULL.",
	Blanks:          "Deliver the values without them, or declare trim: true for the column.",
	StrayReturn:     "Save the file with LF or CRLF line ends, and nothing else between its lines.",
	NoZone:          "Deliver the offset with each value, declare the column's time_zone, or declare it timestamp.",
	HasZone:         "Declare the column timestamptz, or deliver its values without an offset.",
	Skipped:         "Deliver the offset with the value.",
	Twice:           "Deliver the offset with the value.",
	RepeatedName:    "Deliver each name of an object once: jsonb would keep the last one only.",
	EscapedNUL:      "Deliver the text without it: jsonb cannot hold it.",
	StrayMark:       "Files that are joined to one lose their byte order marks, and all but the first their headers.",
}

// Mend says what to do about values of the fault.
func (f Fault) Mend() string {
	if m, ok := mends[f]; ok {
		return m
	}
	return correct
}
