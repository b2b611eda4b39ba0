package stage

import (
	"bytes"
	"slices"
	"unicode/utf8"

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

// likeHeader says whether a record has the names of the header, but for case and for blanks at
// the edges, in its order or in another one, as in files that were joined and come from several
// tools. Of nearly every record its first byte decides, or its first field.
func (c *converter) likeHeader(rec *csvread.Record) bool {
	first := bytes.TrimSpace(bytes.TrimPrefix(rec.Fields[0].Bytes, byteOrderMark))
	if len(first) == 0 || !c.begins[first[0]] {
		return false
	}
	at := indexFold(c.folded, first)
	if at < 0 {
		return false
	}
	left := slices.Delete(slices.Clone(c.folded), at, at+1)
	for _, f := range rec.Fields[1:] {
		if at = indexFold(left, bytes.TrimSpace(f.Bytes)); at < 0 {
			return false
		}
		left = slices.Delete(left, at, at+1)
	}
	return true
}

func indexFold(names [][]byte, v []byte) int {
	return slices.IndexFunc(names, func(name []byte) bool { return bytes.EqualFold(v, name) })
}

// beginnings are the bytes that a name may begin with, in either case.
func beginnings(names [][]byte) (begins [256]bool) {
	for _, name := range names {
		for _, of := range [][]byte{name, bytes.ToLower(name), bytes.ToUpper(name)} {
			if len(of) > 0 {
				begins[of[0]] = true
			}
		}
	}
	for b := range begins { // letters beyond ASCII may fold into one another, and into ASCII
		begins[b] = begins[b] || b >= utf8.RuneSelf
	}
	return begins
}

// inOrder says whether a record that is like the header has its names in their order.
func (c *converter) inOrder(rec *csvread.Record) bool {
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
		c.remarks.header(rec, c.inOrder(rec))
		return false
	}
	c.rejects.header(rec)
	return true
}
