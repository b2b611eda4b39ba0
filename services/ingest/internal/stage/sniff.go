package stage

import (
	"bytes"
	"errors"
	"io"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// headSize is how much of a file is looked at before it is read as CSV: its header,
// and some rows.
const headSize = 8 << 10

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
// may be one. The veil shows lines of it.
func foreign(head []byte, t *declared.Table, veil *personal.Veil) *complaint {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), "\r\n")
	l := layoutOf(text)
	named := namesColumn(l.first, t)
	if what := ofMagic(head, named); what != nil {
		return what
	}
	if !named {
		if what := ofText(text, l.first, veil); what != nil {
			return what
		}
		if !isText(head) {
			return &complaint{csvWanted, "a binary file", exported}
		}
	}
	if what := l.lineEnds(); what != nil {
		return what
	}
	return l.otherwiseSeparated(t, veil)
}
