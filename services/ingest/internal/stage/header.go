package stage

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/streamflow/streamflow/platform/charset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// target is a declared column that the file delivers, and in which field.
type target struct {
	values *copytext.Column
	field  int
	// trim and key are what the column declares; they stand here since every value asks.
	trim, key bool
	// watched says that the column is a text that identifies rows, of this table or of
	// one that it refers to: what cannot be seen of its values decides which row is meant.
	watched bool
	// looked says that the edges of its values are looked at: that of a key too, which
	// must not be empty.
	looked bool
	column declared.Column
}

func newTarget(t *declared.Table, c declared.Column, field int) target {
	watched := c.Type.IsText() && t.Identifies(c.Name)
	return target{
		values: copytext.Of(c.Type, c.Zone), field: field, trim: c.Trim, key: c.Key,
		watched: watched, looked: watched || c.Key, column: c,
	}
}

// maxColumns is how many columns a table of PostgreSQL may have
// (https://www.postgresql.org/docs/current/limits.html).
const maxColumns = 1600

// readHeader reads the header and judges it. It returns what to read from each row;
// nothing where the header does not fit, and then no row must be read.
func (d *delivery) readHeader(rec *csvread.Record) []target {
	if n := len(rec.Fields); n > maxColumns {
		d.find(problem.HeaderMismatch, "at most "+prose.Number(maxColumns)+" columns", prose.Number(int64(n)), "Deliver only declared columns.")
		return nil
	}
	names := make([]string, len(rec.Fields))
	for i, f := range rec.Fields {
		names[i] = string(f.Bytes)
		if !utf8.Valid(f.Bytes) || slices.Contains(f.Bytes, 0) {
			found := "a header that is none: column " + strconv.Itoa(i+1) + " reads " + strconv.Quote(quotable(d.veil.Line(cut(f.Bytes))))
			if guess := charset.Guess(f.Bytes); guess != "" {
				found += ", with " + guess
			}
			d.complain(complaint{"UTF-8 text", found, inUTF8})
			return nil
		}
	}
	called := d.names.Header(d.table, names, d.asOf, d.published)
	if d.headerless(called.Names) {
		return nil // what is no header is for nobody else to judge
	}
	d.header.HasHeader, d.header.Header, d.file.Header = true, called.Names, names
	before := len(d.findings)
	d.judgeHeader(called)
	if len(d.findings) > before {
		return nil
	}
	d.noteOlder(called)
	d.warnExchanged(called)
	d.warnPassed(called)
	d.warnKept(called)
	names = called.Names
	targets := make([]target, 0, len(names))
	for _, c := range d.table.Columns {
		if i := slices.Index(names, c.Name); i >= 0 {
			targets = append(targets, newTarget(d.table, c, i))
		}
	}
	return targets
}

// maxNames bounds how many names a message lists.
const maxNames = 12

// brief lists names for people, the first dozen of them.
func brief(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = quotable(n)
	}
	return few(shown)
}

// few lists the first dozen of names, whole, and says how many more there are.
func few(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		names = append(slices.Clone(names[:maxNames]), fmt.Sprintf("%d more", more))
	}
	return list(names)
}
