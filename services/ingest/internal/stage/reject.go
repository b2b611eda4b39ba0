package stage

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/charset"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/departure"
)

// maxRows is how many rows a finding lists; it counts them all.
const maxRows = 20

// rejects collects the rows of one file that do not fit, by what is wrong with them.
type rejects struct {
	table  *declared.Table
	veil   *personal.Veil
	rows   int64
	groups []*rejectGroup
	// long are the rows whose key an index may not take. They are not rejected until
	// one did not.
	long []*rejectGroup
	// keys are those of rejected rows, with their lines: who refers to one follows it.
	keys rejectedKeys
	// delivered are the keys of rejected rows as PostgreSQL reads them: none of them has
	// departed.
	delivered departure.Rejected
}

// misfit is one way in which rows do not fit: a column, or none for the row itself,
// what was expected there, the fault, and what to do.
type misfit struct {
	column, expected, fault, mend string
}

// rejectGroup is the rows of one misfit.
type rejectGroup struct {
	misfit
	count int64
	rows  []*stepv1.RowLocation
}

func newRejects(t *declared.Table, veil *personal.Veil) *rejects {
	return &rejects{table: t, veil: veil}
}

const (
	faultMissingKey = "is empty in the key"
	faultShape      = "has the wrong number of fields"
	faultLongKey    = "has a longer key"
	faultHeader     = "is the header once more"
)

const (
	correctRows = "Correct the rows, and deliver the file again."
	correctType = "Correct the rows, or the column's type in the dataset, and deliver the file again."
)

// shape rejects a row of too few or too many fields; the caller counts it.
func (r *rejects) shape(rec *csvread.Record, want int) {
	at := func() *stepv1.RowLocation {
		return &stepv1.RowLocation{
			File: r.table.File, Line: rec.Line, Value: r.veil.Line(cut(textOf(rec))),
			Detail: fmt.Sprintf("has %s", prose.Count(int64(len(rec.Fields)), "field")),
		}
	}
	r.add(misfit{
		"", prose.Count(int64(want), "field") + ", as the header has", faultShape,
		"Correct the rows, and deliver the file again: a value with a comma or a line end in it stands in quotes.",
	}, at)
}

// header rejects a row that is the header.
func (r *rejects) header(rec *csvread.Record) {
	r.rows++
	r.add(misfit{
		"", "the header once, at the beginning", faultHeader, "Files that are joined to one lose all headers but the first.",
	}, func() *stepv1.RowLocation { // the names of columns, and no values
		return &stepv1.RowLocation{File: r.table.File, Line: rec.Line, Value: cut(textOf(rec)), Detail: faultHeader}
	})
}

// value rejects a value; the caller counts the row.
func (r *rejects) value(rec *csvread.Record, t *target, key func() []string, fault copytext.Fault) {
	r.add(misfit{t.column.Name, t.values.Expected(fault), fault.String(), fault.Mend()}, func() *stepv1.RowLocation {
		v, detail := rec.Fields[t.field].Bytes, fault.String()
		if fault == copytext.NotUTF8 && !r.veil.Hides(t.column.Name) {
			detail += ": " + charset.Guess(v)
		}
		return r.at(rec, t, key, detail)
	})
}

// at says where a value stands that does not fit.
func (r *rejects) at(rec *csvread.Record, t *target, key func() []string, detail string) *stepv1.RowLocation {
	name := t.column.Name
	return &stepv1.RowLocation{
		File: r.table.File, Line: rec.Line, Key: key(), Column: name, Value: shown(r.veil, name, rec.Fields[t.field].Bytes), Detail: detail,
	}
}

// missingKey rejects a key column without a value; the caller counts the row.
func (r *rejects) missingKey(rec *csvread.Record, t *target, key func() []string) {
	r.add(misfit{t.column.Name, "a value in every key column", faultMissingKey, correctRows}, func() *stepv1.RowLocation {
		return r.at(rec, t, key, faultMissingKey)
	})
}

// longKey notes a row whose key an index may not take.
func (r *rejects) longKey(rec *csvread.Record, key func() []string, bytes int) {
	what := misfit{"", "keys that an index of PostgreSQL takes (up to " + prose.Count(maxKeyBytes, "byte") + " always)", faultLongKey, correctRows}
	r.long = add(r.long, what, func() *stepv1.RowLocation {
		return &stepv1.RowLocation{File: r.table.File, Line: rec.Line, Key: key(), Detail: "has a key of " + prose.Count(int64(bytes), "byte")}
	})
}

func (r *rejects) add(what misfit, at func() *stepv1.RowLocation) { r.groups = add(r.groups, what, at) }

// add puts a row into the group of its column and fault, or into a new one. Where it stands
// is asked only of a row that is listed.
func add(groups []*rejectGroup, what misfit, at func() *stepv1.RowLocation) []*rejectGroup {
	for _, g := range groups {
		if g.column == what.column && g.fault == what.fault {
			g.count++
			if len(g.rows) < maxRows {
				g.rows = append(g.rows, at())
			}
			return groups
		}
	}
	return append(groups, &rejectGroup{misfit: what, count: 1, rows: []*stepv1.RowLocation{at()}})
}

// textOf is the text of a record, as a writer of CSV would write it: its own, but for
// blanks that are trimmed.
func textOf(rec *csvread.Record) []byte {
	var b []byte
	for i, f := range rec.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		if f.Quoted {
			b = append(append(append(b, '"'), strings.ReplaceAll(string(f.Bytes), `"`, `""`)...), '"')
		} else {
			b = append(b, f.Bytes...)
		}
		if len(b) > 4*maxShown {
			break // more is not shown
		}
	}
	return b
}
