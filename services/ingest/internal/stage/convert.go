package stage

import (
	"slices"
	"strconv"

	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// converter makes rows of COPY text out of records, and rejects what does not fit.
type converter struct {
	table   *declared.Table
	targets []target
	width   int // fields of the header
	rejects *rejects
	rows    int64
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
	if len(rec.Fields) != c.width {
		c.rejects.shape(rec, c.width)
		return dst
	}
	begin, fits, keyBytes := len(dst), true, 0
	for _, t := range c.targets {
		f := rec.Fields[t.field]
		var fault copytext.Fault
		dst, fault = copytext.Append(dst, t.column.Type, f.Bytes, f.Quoted)
		dst = append(dst, '\t')
		if fault != copytext.OK {
			fits = false
			c.rejects.value(rec, t, c.key(rec), fault)
		} else if t.column.Key && len(f.Bytes) == 0 && !f.Quoted {
			fits = false
			c.rejects.missingKey(rec, t, c.key(rec))
		}
		if t.column.Key {
			keyBytes += len(f.Bytes)
		}
	}
	if !fits {
		c.rejects.row(rec, c.key(rec))
		return dst[:begin]
	}
	if keyBytes > maxKeyBytes {
		c.rejects.longKey(rec, c.key(rec), keyBytes)
	}
	c.rows++
	dst = append(dst, '0', '\t') // sf_file: a table is delivered in one file
	dst = strconv.AppendInt(dst, rec.Line, 10)
	return append(dst, '\n')
}

// key returns the raw values of the record's key.
func (c *converter) key(rec *csvread.Record) []string {
	key := make([]string, 0, len(c.table.Key))
	for _, k := range c.table.Key {
		i := slices.IndexFunc(c.targets, func(t target) bool { return t.column.Name == k })
		key = append(key, cut(rec.Fields[c.targets[i].field].Bytes))
	}
	return key
}
