package stage

import (
	"bytes"

	"github.com/streamflow/streamflow/platform/charset"
)

const (
	csvWanted = "a CSV file in UTF-8"
	inUTF8    = "Save the file as UTF-8."
	exported  = "Export its rows as CSV in UTF-8."
)

// magics are how files begin that are often delivered under a CSV's name. What begins
// as another one does stands before it.
var magics = []struct{ begins, found, action string }{
	{"\x1f\x8b", "a gzip file", "Unzip it (gunzip), and deliver the CSV file that it holds."},
	{"\x28\xb5\x2f\xfd", "a zstd file", "Unpack it (zstd -d), and deliver the CSV file that it holds."},
	{"\xfd7zXZ\x00", "an xz file", "Unpack it (xz -d), and deliver the CSV file that it holds."},
	{"BZh", "a bzip2 file", "Unpack it (bunzip2), and deliver the CSV file that it holds."},
	{"7z\xbc\xaf\x27\x1c", "a 7z file", "Unpack it (7z x), and deliver the CSV file that it holds."},
	{"Rar!\x1a\x07", "a RAR file", "Unpack it, and deliver the CSV file that it holds."},
	{"PK\x03\x04", "a ZIP file, as spreadsheets are", "Unzip it, and deliver the CSV file that it holds; export a spreadsheet as CSV in UTF-8."},
	{"\xd0\xcf\x11\xe0", "a file of an office program", "Export the sheet as CSV in UTF-8."},
	{"PAR1", "a Parquet file", exported},
	{"ARROW1", "an Arrow file", exported},
	{"Obj\x01", "an Avro file", exported},
	{"ORC", "an ORC file", exported},
	{"SQLite format 3\x00", "an SQLite database", exported},
	{"%PDF-", "a PDF document", "Deliver the data that it was made from, as CSV in UTF-8."},
	{"{\\rtf", "an RTF document", "Deliver the data as CSV in UTF-8."},
}

// ofMagic says what a file is by its first bytes; nil where they say nothing. What begins
// in ASCII may be text: it is not where it names a column, and three letters alone are
// too few to tell.
func ofMagic(head []byte, named bool) *complaint {
	for _, m := range magics {
		if isASCII(m.begins) && (named || len(m.begins) <= 3 && isText(head)) {
			continue
		}
		if bytes.HasPrefix(head, []byte(m.begins)) {
			return &complaint{csvWanted, m.found, m.action}
		}
	}
	if wide := charset.Wide(head); wide != "" {
		return &complaint{csvWanted, wide, inUTF8}
	}
	return nil
}

// isASCII says whether text may begin so. PK and two control characters do not, although a
// small ZIP, which holds its files as they are, shows the names of their columns.
func isASCII(begins string) bool {
	for i := range len(begins) {
		if begins[i] < ' ' || begins[i] >= 0x80 {
			return false
		}
	}
	return true
}

// mostControls is the share of bytes that are control characters, one of so many, from
// which on a file is no text. Text has line ends and tabs, which do not count.
const mostControls = 20

// isText says whether bytes may be text: few of them are control characters, and none
// of its first line is a NUL.
func isText(head []byte) bool {
	controls := 0
	for _, b := range head {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' {
			controls++
		}
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	return controls*mostControls <= len(head) && bytes.IndexByte(first, 0) < 0
}
