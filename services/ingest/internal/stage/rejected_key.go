package stage

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// maxRejectedKeys bounds how many keys of rejected rows are kept: to tell a child whose
// parent was rejected from one whose parent is missing, and that they have not departed.
// Beyond it, a rejected row is one without a known key.
const maxRejectedKeys = 10_000

// rejectedKeys are the keys of rejected rows, as texts that PostgreSQL reads as the
// columns' types, and the lines on which they stand.
type rejectedKeys struct {
	keys  [][]string
	lines []int64
	// unknown is how many rows have a key that cannot be read, or is not kept.
	unknown int64
}

// rejected counts a record that is no row, and keeps its key. A record of too few or too
// many fields has its key where the header says, or not at all: that a child refers to
// what stands there is proof enough that it is its parent, and none that it has not
// departed.
func (c *converter) rejected(rec *csvread.Record) {
	r := c.rejects
	r.rows++
	values := c.keyValues(rec)
	if values == nil || len(r.keys.lines) == maxRejectedKeys {
		r.keys.unknown++
		r.delivered.Unknown++
		return
	}
	r.keys.keys, r.keys.lines = append(r.keys.keys, values), append(r.keys.lines, rec.Line)
	if len(rec.Fields) == len(c.header) {
		r.delivered.Keys = append(r.delivered.Keys, values)
	} else {
		r.delivered.Unknown++
	}
}

// keyValues returns the values of the record's key as texts that PostgreSQL reads as
// the types of the key's columns; nil where one of them is none, or too long to be a key.
func (c *converter) keyValues(rec *csvread.Record) []string {
	values, size := make([]string, 0, len(c.table.Key)), 0
	for _, k := range c.table.Key {
		at := slices.IndexFunc(c.targets, func(t target) bool { return t.column.Name == k })
		if at < 0 || c.targets[at].field >= len(rec.Fields) {
			return nil
		}
		t := &c.targets[at]
		f := rec.Fields[t.field]
		if t.column.Trim {
			f.Bytes = unseen.Trim(f.Bytes)
		}
		text, fault := t.values.Append(nil, f.Bytes, f.Quoted)
		if size += len(f.Bytes); !fault.Fits() || len(f.Bytes) == 0 || size > maxKeyBytes {
			return nil
		}
		if t.column.Type.IsText() {
			text = f.Bytes // COPY escapes what a parameter does not
		}
		values = append(values, string(text))
	}
	return values
}

// args are the keys as arguments of a statement: an array for each of n columns, and
// the lines.
func (k *rejectedKeys) args(n int) []any {
	args := make([]any, 0, n+1)
	for i := range n {
		column := make([]string, len(k.keys))
		for j, key := range k.keys {
			column[j] = key[i]
		}
		args = append(args, column)
	}
	return append(args, append([]int64{}, k.lines...))
}

// joinKey makes one text of a key. Values hold no NUL, since text cannot.
func joinKey(key []string) string { return strings.Join(key, "\x00") }
