package stage

import (
	"fmt"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// remarks collects what is to be said of rows that fit: they are taken as they stand,
// and may not be what was meant.
type remarks struct {
	table  *declared.Table
	veil   *personal.Veil
	groups []*remarkGroup
}

// remark is what is said of one kind of value.
type remark struct {
	severity datasetv1.Severity
	expected string
	// found stands behind the number of values: "with leading zeros".
	found, action string
}

// remarkGroup is one column, and one remark about its values.
type remarkGroup struct {
	remark
	column string
	count  int64
	rows   []*stepv1.RowLocation
}

const warning, note = datasetv1.Severity_SEVERITY_WARNING, datasetv1.Severity_SEVERITY_INFO

var (
	zerosRemark = remark{note, "numbers without leading zeros", "with leading zeros, which a number does not keep", copytext.LeadingZeros.Mend()}
	nullRemark  = remark{note, "an empty field where there is no value", "kept as a text that programs write for NULL", copytext.ReadsNull.Mend()}
	nullKey     = remark{warning, "an empty field where there is no value", "kept as a text that programs write for NULL", copytext.ReadsNull.Mend()}
	edgeRemark  = remark{
		warning, "keys and references without blanks or invisible characters around them", "with such edges",
		"Deliver the values without them, or declare trim: true for the column, and for those that refer to it.",
	}
	insideRemark = remark{
		warning, "keys and references that show all that they hold", "with invisible characters inside",
		"Deliver the values without them: who types what is to be seen writes another key.",
	}
	replacedRemark = remark{warning, "text as it was written", "with the replacement character U+FFFD", copytext.Replaced.Mend()}
	sheetRemark    = remark{warning, "values", "that a spreadsheet shows in place of one", copytext.SheetError.Mend()}
	headerRemark   = remark{
		warning, "the header once, at the beginning", "reading as the header does",
		"If files were joined to one, leave out all headers but the first.",
	}
	orderRemark = remark{
		warning, "the header once, at the beginning", "reading as the header does in another order",
		"If files were joined to one, have their columns in one order, and leave out all headers but the first: the rows behind such a line are taken in the order of the first header.",
	}
)

// value remarks on a value that fits, and of which there is something to say.
func (r *remarks) value(rec *csvread.Record, t *target, fault copytext.Fault) {
	switch {
	case fault == copytext.LeadingZeros:
		r.add(zerosRemark, rec, t, "")
	case fault == copytext.Replaced:
		r.add(replacedRemark, rec, t, "")
	case fault == copytext.SheetError:
		r.add(sheetRemark, rec, t, "")
	case t.watched:
		r.add(nullKey, rec, t, "")
	default:
		r.add(nullRemark, rec, t, "")
	}
}

// edges remarks on what cannot be seen at the edges of a value that identifies rows.
func (r *remarks) edges(rec *csvread.Record, t *target) {
	detail := ""
	if r.shows(edgeRemark, t.column.Name) {
		detail = unseen.Edges(rec.Fields[t.field].Bytes)
	}
	r.add(edgeRemark, rec, t, detail)
}

// inside remarks on what cannot be seen inside of a value that identifies rows.
func (r *remarks) inside(rec *csvread.Record, t *target, v []byte) {
	if detail := unseen.Inside(v); detail != "" {
		r.add(insideRemark, rec, t, detail)
	}
}

// header remarks on a row that reads as the header does; inOrder, that its names stand in the
// order of the header's.
func (r *remarks) header(rec *csvread.Record, inOrder bool) {
	what := headerRemark
	if !inOrder {
		what = orderRemark
	}
	if g := r.at(what, ""); len(g.rows) < maxRows { // the names of columns, and no values
		g.rows = append(g.rows, &stepv1.RowLocation{File: r.table.File, Line: rec.Line, Value: cut(textOf(rec))})
	}
}

// group returns the group of a remark on a column; nil where there is none yet.
func (r *remarks) group(what remark, column string) *remarkGroup {
	for _, g := range r.groups {
		if g.column == column && g.remark == what {
			return g
		}
	}
	return nil
}

// shows says whether one more row of the group would be listed.
func (r *remarks) shows(what remark, column string) bool {
	g := r.group(what, column)
	return g == nil || len(g.rows) < maxRows
}

// at counts one more of the group of a remark on a column.
func (r *remarks) at(what remark, column string) *remarkGroup {
	g := r.group(what, column)
	if g == nil {
		g = &remarkGroup{remark: what, column: column}
		r.groups = append(r.groups, g)
	}
	g.count++
	return g
}

func (r *remarks) add(what remark, rec *csvread.Record, t *target, detail string) {
	g := r.at(what, t.column.Name)
	if len(g.rows) < maxRows {
		g.rows = append(g.rows, &stepv1.RowLocation{
			File: r.table.File, Line: rec.Line, Column: t.column.Name, Value: shown(r.veil, t.column.Name, rec.Fields[t.field].Bytes), Detail: detail,
		})
	}
}

// reportRemarks makes the findings: one per column and remark.
func (d *delivery) reportRemarks() {
	for _, g := range d.remarks.groups {
		first := g.rows[0]
		noun := "value"
		if g.column == "" {
			noun = "row"
		}
		found := fmt.Sprintf("%s %s, the first %q on line %d", prose.Count(g.count, noun), g.found, quotable(first.GetValue()), first.GetLine())
		if first.GetDetail() != "" {
			found += ": " + first.GetDetail()
		}
		f := d.find(problem.ValuesDoubtful, g.expected, found, g.action)
		f.Severity, f.Column, f.Count, f.Rows = g.severity, g.column, g.count, g.rows
		if g.column != "" {
			f.Message = fmt.Sprintf("%s, column %s: expected %s, found %s", d.table.File, g.column, g.expected, found)
		}
	}
}
