package stage

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
)

// report makes the findings of what was rejected, one per column and kind of fault, in
// the order in which each was first met; then those of what was remarked on.
func (d *delivery) report() {
	d.counts.Rejected, d.header.Rejected = d.rejects.rows, d.rejects.rows
	d.reportGroups(d.rejects.groups)
	d.reportRemarks()
}

func (d *delivery) reportGroups(groups []*rejectGroup) {
	for _, g := range groups {
		found := g.found()
		f := d.find(problem.RowsRejected, g.expected, found, g.mend)
		f.Column, f.Count, f.Rows = g.column, g.count, g.rows
		if g.column != "" {
			f.Message = fmt.Sprintf("%s, column %s: expected %s, found %s", d.table.File, g.column, g.expected, found)
		}
	}
}

// found says what was found, how often, and where first.
func (g *rejectGroup) found() string {
	first := g.rows[0]
	if g.column != "" && g.fault != faultMissingKey {
		_, closer, _ := strings.Cut(first.GetDetail(), g.fault)
		return fmt.Sprintf("%s that %s, the first %q on line %d%s",
			prose.Count(g.count, "value"), verb(g.fault, g.count), quotable(first.GetValue()), first.GetLine(), closer)
	}
	what := verb(g.fault, g.count)
	if g.column == "" && g.count == 1 {
		what = first.GetDetail()
	}
	at := fmt.Sprintf("on line %d", first.GetLine())
	if g.fault == faultShape {
		at = fmt.Sprintf("%q on line %d", quotable(first.GetValue()), first.GetLine())
	}
	return fmt.Sprintf("%s that %s, the first %s", prose.Count(g.count, "row"), what, at)
}

// maxQuoted bounds a value inside a sentence; the row below it shows more.
const maxQuoted = 40

func quotable(v string) string {
	if r := []rune(v); len(r) > maxQuoted {
		return string(r[:maxQuoted]) + "…"
	}
	return v
}

// verb puts a fault, "is not …" or "has …", behind so many subjects.
func verb(fault string, n int64) string {
	if n == 1 {
		return fault
	}
	for singular, plural := range map[string]string{"is ": "are ", "has ": "have ", "holds ": "hold ", "begins ": "begin ", "stands ": "stand "} {
		if rest, ok := strings.CutPrefix(fault, singular); ok {
			return plural + rest
		}
	}
	return fault
}
