package stage

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
)

// reportBoth adds a finding of columns that a file has by their earlier and by their
// present name: which of the two is meant nobody can tell.
func (d *delivery) reportBoth(both rename.Pairs) {
	if len(both) == 0 {
		return
	}
	var concerned, pairs []string
	for _, p := range both {
		concerned = append(concerned, p.To)
		pairs = append(pairs, fmt.Sprintf("%q and %q", quotable(p.To), quotable(p.From)))
	}
	d.mismatch(concerned, "a column by its name or by the one that it is renamed from", "both: "+few(pairs),
		"Deliver each column once, by its present name; or leave renamed_from out of the dataset, and declare the other as a column of its own.")
}

// reportUndeclared adds one finding of columns that a file of a later as_of has by earlier
// names, which renamed_from declares no more.
func (d *delivery) reportUndeclared(earlier rename.Pairs) {
	if len(earlier) == 0 {
		return
	}
	var columns, pairs, declare []string
	for _, p := range earlier {
		columns = append(columns, p.To)
		pairs = append(pairs, fmt.Sprintf("%q for %s", quotable(p.From), p.To))
		declare = append(declare, fmt.Sprintf("renamed_from: %s in column %s", p.From, p.To))
	}
	d.mismatch(columns, "the present names of columns",
		plural(len(pairs), "an earlier name", "earlier names")+", which the dataset declares no more: "+few(pairs),
		"Deliver "+plural(len(pairs), "the column by its present name", "the columns by their present names")+
			". Files of as_of dates up to the rename may have the earlier; for later ones too, declare it again: "+few(declare)+".")
}

// noteOlder says of which columns a file has the earlier name.
func (d *delivery) noteOlder(h called.Header) {
	if len(h.Older) == 0 {
		return
	}
	var pairs []string
	for _, p := range h.Older {
		pairs = append(pairs, fmt.Sprintf("%q for %s", quotable(p.From), p.To))
	}
	action := "Nothing: a file of an as_of before the rename is read by the names of its time."
	if h.Late {
		action = "Have the columns delivered by their present names. As long as renamed_from stays declared, the earlier ones are taken for them."
	}
	f := d.find(problem.ColumnsRenamed, "the present names of columns", plural(len(pairs), "an earlier name: ", "earlier names: ")+few(pairs), action)
	f.Severity = datasetv1.Severity_SEVERITY_INFO
	f.Message = fmt.Sprintf("%s has %s", d.table.File, f.GetFound())
	if len(h.Older) == 1 {
		f.Column = h.Older[0].To
	}
}
