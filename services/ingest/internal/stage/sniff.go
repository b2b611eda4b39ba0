package stage

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// headSize is how much of a file is looked at before it is read as CSV: its header,
// and some rows.
const headSize = 8 << 10

const (
	csvWanted = "a CSV file in UTF-8"
	inUTF8    = "Save the file as UTF-8."
)

// magics are how files begin that are often delivered under a CSV's name.
var magics = []struct{ begins, found, action string }{
	{"\x1f\x8b", "a gzip file", "Unzip it (gunzip), and deliver the CSV file that it holds."},
	{"\x28\xb5\x2f\xfd", "a zstd file", "Unpack it (zstd -d), and deliver the CSV file that it holds."},
	{"\xfd7zXZ\x00", "an xz file", "Unpack it (xz -d), and deliver the CSV file that it holds."},
	{"PK\x03\x04", "a ZIP file, as spreadsheets are", "Unzip it, and deliver the CSV file that it holds; export a spreadsheet as CSV in UTF-8."},
	{"\xd0\xcf\x11\xe0", "a file of an office program", "Export the sheet as CSV in UTF-8."},
	{"PAR1", "a Parquet file", "Export its rows as CSV in UTF-8."},
	{"\xff\xfe", "UTF-16 text", inUTF8},
	{"\xfe\xff", "UTF-16 text", inUTF8},
}

// sniff reads the head of a file, and returns the content from its beginning.
func sniff(file io.Reader) (head []byte, content io.Reader, err error) {
	head = make([]byte, headSize)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, err
	}
	return head[:n], io.MultiReader(bytes.NewReader(head[:n]), file), nil
}

// foreign says what a file is that begins so and is no CSV of the table; nil where it
// may be one.
func foreign(head []byte, t *declared.Table) *complaint {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.begins)) {
			return &complaint{csvWanted, m.found, m.action}
		}
	}
	if len(head) >= 4 && (head[0] == 0) == (head[2] == 0) && (head[1] == 0) == (head[3] == 0) && (head[0] == 0) != (head[1] == 0) {
		return &complaint{csvWanted, "UTF-16 text", inUTF8} // of ASCII letters, without a mark
	}
	l := layoutOf(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r\n"))
	if l.returns && !l.feeds {
		return &complaint{"lines that end in LF or CRLF", "line ends that are CR only", "Save the file with LF line ends."}
	}
	if sep := l.separator(); sep != "" && len(t.Columns) > 1 && !slices.Contains(t.Names(), string(l.first)) {
		return &complaint{
			"fields separated by commas", "fields separated by " + sep + ": the header reads " + strconv.Quote(quotable(cut(l.first))),
			"Export the file with commas between the fields.",
		}
	}
	return nil
}

// separators are what stands between fields where it is not a comma.
var separators = []struct {
	char byte
	name string
}{{';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}}

// layout is how a text is laid out, as far as it stands outside quotes.
type layout struct {
	// returns says that a CR stands alone, feeds that there is an LF.
	returns, feeds bool
	// first is the first line, and chars are what stands in it.
	first []byte
	chars [256]bool
}

func layoutOf(text []byte) layout {
	l := layout{first: text}
	quoted, begun := false, false
	for i, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n' || b == '\r':
			if !begun {
				begun, l.first = true, text[:i]
			}
			l.feeds = l.feeds || b == '\n'
			l.returns = l.returns || b == '\r' && i+1 < len(text) && text[i+1] != '\n'
		case !begun:
			l.chars[b] = true
		}
	}
	return l
}

// separator names what separates the fields of the first line, where there are no
// commas; empty where nothing does.
func (l *layout) separator() string {
	if l.chars[','] {
		return ""
	}
	for _, s := range separators {
		if l.chars[s.char] {
			return s.name
		}
	}
	return ""
}
