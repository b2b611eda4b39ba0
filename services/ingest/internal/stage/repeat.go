package stage

import (
	"bytes"

	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
)

var byteOrderMark = []byte("\ufeff")

// isHeader says whether a record is the header once more, as in a file that several
// were joined to. Such a line may begin with the byte order mark of its file.
func (c *converter) isHeader(rec *csvread.Record) bool {
	for i, f := range rec.Fields {
		v := f.Bytes
		if i == 0 {
			v = bytes.TrimPrefix(v, byteOrderMark)
		}
		if string(v) != c.header[i] {
			return false
		}
	}
	return true
}

// likeHeader says whether a record is the header but for case and for blanks at the edges, as
// in files that were joined and come from several tools.
func (c *converter) likeHeader(rec *csvread.Record) bool {
	for i, f := range rec.Fields {
		v := f.Bytes
		if i == 0 {
			v = bytes.TrimPrefix(v, byteOrderMark)
		}
		if !bytes.EqualFold(bytes.TrimSpace(v), c.folded[i]) {
			return false
		}
	}
	return true
}

// headerAgain rejects the header where it stands among the rows. In a file of one
// column that holds texts, a row may really read so, and one may be like it in any of texts:
// then it is a warning, and false.
func (c *converter) headerAgain(rec *csvread.Record) bool {
	if c.headerFits && (len(c.header) == 1 || !c.isHeader(rec)) {
		c.remarks.header(rec)
		return false
	}
	c.rejects.header(rec)
	return true
}
