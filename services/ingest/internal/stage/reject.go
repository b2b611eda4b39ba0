package stage

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// maxRows is how many rows a finding lists; it counts them all.
const maxRows = 20

// maxRejectedKeys bounds how many keys of rejected rows are kept to tell a child
// that its parent was rejected. Beyond it, a child is an orphan all the same.
const maxRejectedKeys = 10_000

// rejects collects the rows of one file that do not fit, by what is wrong with them.
type rejects struct {
	table  *declared.Table
	rows   int64
	groups []*rejectGroup
	// long are the rows whose key an index may not take. They are not rejected until
	// one did not.
	long []*rejectGroup
	// lineOf has the line of a rejected row by its key.
	lineOf map[string]int64
}

// rejectGroup is one column, or the row's shape, and one kind of fault.
type rejectGroup struct {
	column   string
	expected string
	fault    string
	count    int64
	rows     []*stepv1.RowLocation
}

func newRejects(t *declared.Table) *rejects {
	return &rejects{table: t, lineOf: map[string]int64{}}
}

const (
	faultMissingKey = "is empty in the key"
	faultShape      = "has the wrong number of fields"
	faultLongKey    = "has a longer key"
)

// shape rejects a row of too few or too many fields.
func (r *rejects) shape(rec *csvread.Record, want int) {
	r.rows++
	found := fmt.Sprintf("has %s", prose.Count(int64(len(rec.Fields)), "field"))
	r.add("", prose.Count(int64(want), "field")+", as the header has", faultShape, &stepv1.RowLocation{
		File: r.table.File, Line: rec.Line, Detail: found, Value: cut(rec.Fields[0].Bytes),
	})
}

// value rejects a value; the caller counts the row.
func (r *rejects) value(rec *csvread.Record, t target, key []string, fault copytext.Fault) {
	v := rec.Fields[t.field].Bytes
	r.add(t.column.Name, copytext.Expected(t.column.Type), fault.String(), &stepv1.RowLocation{
		File: r.table.File, Line: rec.Line, Key: key, Column: t.column.Name, Value: cut(v), Detail: fault.String(),
	})
}

// missingKey rejects a key column without a value; the caller counts the row.
func (r *rejects) missingKey(rec *csvread.Record, t target, key []string) {
	r.add(t.column.Name, "a value in every key column", faultMissingKey, &stepv1.RowLocation{
		File: r.table.File, Line: rec.Line, Key: key, Column: t.column.Name, Detail: faultMissingKey,
	})
}

// longKey notes a row whose key an index may not take.
func (r *rejects) longKey(rec *csvread.Record, key []string, bytes int) {
	r.long = add(r.long, "", "keys that an index of PostgreSQL takes (up to "+prose.Count(maxKeyBytes, "byte")+" always)", faultLongKey, &stepv1.RowLocation{
		File: r.table.File, Line: rec.Line, Key: key, Detail: "has a key of " + prose.Count(int64(bytes), "byte"),
	})
}

// row counts a row that was rejected, and remembers its key.
func (r *rejects) row(rec *csvread.Record, key []string) {
	r.rows++
	if len(r.lineOf) < maxRejectedKeys {
		r.lineOf[joinKey(key)] = rec.Line
	}
}

func (r *rejects) add(column, expected, fault string, at *stepv1.RowLocation) {
	r.groups = add(r.groups, column, expected, fault, at)
}

// add puts a row into the group of its column and fault, or into a new one.
func add(groups []*rejectGroup, column, expected, fault string, at *stepv1.RowLocation) []*rejectGroup {
	for _, g := range groups {
		if g.column == column && g.fault == fault {
			g.count++
			if len(g.rows) < maxRows {
				g.rows = append(g.rows, at)
			}
			return groups
		}
	}
	return append(groups, &rejectGroup{
		column: column, expected: expected, fault: fault, count: 1, rows: []*stepv1.RowLocation{at},
	})
}

// report makes the findings: one per column and kind of fault, in the order in which
// each was first met.
func (d *delivery) report() {
	d.counts.Rejected, d.header.Rejected = d.rejects.rows, d.rejects.rows
	d.reportGroups(d.rejects.groups)
}

func (d *delivery) reportGroups(groups []*rejectGroup) {
	for _, g := range groups {
		first := g.rows[0]
		found := fmt.Sprintf("%s that %s, the first on line %d", prose.Count(g.count, "row"), pluralVerb(first.GetDetail(), g), first.GetLine())
		if g.column != "" && g.fault != faultMissingKey {
			found = fmt.Sprintf("%s that %s, the first %q on line %d", prose.Count(g.count, "value"), verb(g.fault, g.count), quotable(first.GetValue()), first.GetLine())
		}
		f := d.find(problem.RowsRejected, g.expected, found, "Correct the rows, or the column's type in the dataset, and deliver the file again.")
		f.Column, f.Count, f.Rows = g.column, g.count, g.rows
		if g.column != "" {
			f.Message = fmt.Sprintf("%s, column %s: expected %s, found %s", d.table.File, g.column, g.expected, found)
		}
	}
}

// maxQuoted bounds a value inside a sentence; the row below it shows more.
const maxQuoted = 40

func quotable(v string) string {
	if r := []rune(v); len(r) > maxQuoted {
		return string(r[:maxQuoted]) + "…"
	}
	return v
}

func pluralVerb(detail string, g *rejectGroup) string {
	if g.column == "" && g.count == 1 {
		return detail
	}
	return verb(g.fault, g.count)
}

// verb puts a fault, "is not …" or "has …", behind so many subjects.
func verb(fault string, n int64) string {
	if n == 1 {
		return fault
	}
	for singular, plural := range map[string]string{"is ": "are ", "has ": "have ", "holds ": "hold "} {
		if rest, ok := strings.CutPrefix(fault, singular); ok {
			return plural + rest
		}
	}
	return fault
}

// joinKey makes one text of a key. Values hold no NUL, since text cannot.
func joinKey(key []string) string { return strings.Join(key, "\x00") }
