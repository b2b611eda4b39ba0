package stage

import (
	"fmt"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
)

// unended says where a row without a line end stands, and what its last value is; nil
// where that value is whole as it is: of a fixed form, or in quotes and no text. The
// quote that ends a text may be half of one that stands in it.
func (c *converter) unended(rec *csvread.Record) *stepv1.RowLocation {
	at := len(rec.Fields) - 1
	f := rec.Fields[at]
	for i := range c.targets {
		t := &c.targets[i]
		if t.field == at && t.values.MayBeCut(f.Bytes) && (!f.Quoted || t.values.MayHoldQuotes()) {
			return &stepv1.RowLocation{File: c.table.File, Line: rec.Line, Key: c.key(rec)(), Column: t.column.Name, Value: shown(c.rejects.veil, t.column.Name, f.Bytes)}
		}
	}
	return nil
}

// cutShort adds a note about a last line that lacks its end, where all others have one:
// a file that was cut short ends so too, and what is left of its last value may fit.
func (d *delivery) cutShort(last *stepv1.RowLocation) {
	if last == nil {
		return
	}
	f := d.find(problem.ValuesDoubtful, "a line end behind the last line, as behind all others",
		fmt.Sprintf("none behind line %d, whose last value, %s = %q, may be cut short", last.GetLine(), last.GetColumn(), quotable(last.GetValue())),
		"Look whether the file is whole. A manifest with its size or checksum answers that for good.")
	f.Severity, f.Count, f.Rows = note, 1, []*stepv1.RowLocation{last}
}
