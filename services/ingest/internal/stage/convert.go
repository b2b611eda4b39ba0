package stage

import (
	"bytes"
	"slices"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// converter makes rows of COPY text out of records, and rejects what does not fit.
type converter struct {
	table   *declared.Table
	targets []target
	// header is what the fields are called in the file; rows have as many.
	header []string
	// folded is the header as a line that is like it is compared, begins the bytes that a
	// name of it may begin with.
	folded [][]byte
	begins [256]bool
	// headerFits says that the header would pass for a row, so that every row is
	// compared with it: all its columns are texts.
	headerFits bool
	rejects    *rejects
	remarks    *remarks
	rows       int64
	line       lineNumber
	// last is the last row of a file, where it lacks its line end and may be cut short.
	last *stepv1.RowLocation
	// marker is what a row has that deletes one; nil where none does, or its column is no
	// text.
	marker *marker
	// strange says that a key has a byte that is not ASCII, or a blank at its edge in
	// the file: keys must be compared by what they look like.
	strange bool
}

func newConverter(d *delivery, header []string, targets []target) *converter {
	c := &converter{table: d.table, targets: targets, header: header, rejects: d.rejects, remarks: d.remarks, headerFits: true}
	for _, t := range targets {
		_, fault := t.values.Append(nil, []byte(header[t.field]), false)
		c.headerFits = c.headerFits && fault.Fits()
	}
	for _, name := range header {
		c.folded = append(c.folded, bytes.TrimSpace([]byte(name)))
	}
	c.begins = beginnings(c.folded)
	c.marker = newMarker(d.table, targets)
	return c
}

// columns returns the columns that a row of the converter has, in order.
func (c *converter) columns() []string {
	out := make([]string, len(c.targets))
	for i, t := range c.targets {
		out[i] = t.column.Name
	}
	return out
}

// maxKeyBytes is what any index takes. An entry has 2,704 bytes at most
// (https://www.postgresql.org/docs/current/btree.html), of which some go into its head;
// whether a longer key fits depends on how well it is compressed.
const maxKeyBytes = 2_500

// append appends the record as a row, or nothing where it is rejected. Every value is
// judged, so that one pass finds all that is wrong with a row.
func (c *converter) append(dst []byte, rec *csvread.Record) []byte {
	if len(rec.Fields) != len(c.header) {
		c.rejects.shape(rec, len(c.header))
		c.rejected(rec)
		return dst
	}
	if c.headerFits && c.likeHeader(rec) && c.headerAgain(rec) {
		return dst
	}
	begin, fits, keyBytes := len(dst), true, 0
	for i := range c.targets {
		t := &c.targets[i]
		f := &rec.Fields[t.field]
		value := f.Bytes
		if t.trim {
			value = c.trimmed(t, f)
		}
		var fault copytext.Fault
		dst, fault = t.values.Append(dst, value, f.Quoted)
		dst = append(dst, '\t')
		if (fault != copytext.OK || t.looked && edged(value)) && !c.judge(rec, t, fault) {
			if fits && !c.headerFits && c.isHeader(rec) && c.headerAgain(rec) {
				return dst[:begin]
			}
			fits = false
			c.reject(rec, t, fault)
		}
		if t.key {
			keyBytes += len(f.Bytes)
		}
	}
	if !fits {
		c.rejected(rec)
		return dst[:begin]
	}
	if keyBytes > maxKeyBytes {
		c.rejects.longKey(rec, c.key(rec), keyBytes)
	}
	if c.marker != nil {
		c.marker.look(rec, c.remarks)
	}
	if rec.Unended {
		c.last = c.unended(rec)
	}
	c.rows++
	dst = append(dst, '0', '\t') // sf_file: a table is delivered in one file
	dst = c.line.append(dst, rec.Line)
	return append(dst, '\n')
}

// trimmed is the value of a field without the blanks at its edges.
func (c *converter) trimmed(t *target, f *csvread.Field) []byte {
	value := unseen.Trim(f.Bytes)
	c.strange = c.strange || t.watched && t.key && len(value) < len(f.Bytes)
	if len(value) > 0 || !t.key { // what stood in place of a key is shown as it is
		f.Bytes = value
	}
	return value
}

// key returns the raw values of the record's key, as they are shown; it is called before the
// next record is read.
func (c *converter) key(rec *csvread.Record) func() []string {
	return func() []string {
		key := make([]string, 0, len(c.table.Key))
		for _, k := range c.table.Key {
			i := slices.IndexFunc(c.targets, func(t target) bool { return t.column.Name == k })
			key = append(key, shown(c.rejects.veil, k, rec.Fields[c.targets[i].field].Bytes))
		}
		return key
	}
}
