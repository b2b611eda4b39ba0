package stage

import (
	"fmt"
	"slices"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// baseOf is the base of an incremental extract; nil, and a finding, where there is none
// that has what the table must have. A base that is older than one period is warned of.
func (w *work) baseOf(d *delivery) *stepv1.Base {
	base := w.req.base(d.table.Name)
	if base == nil {
		d.find(problem.BaseMissing, "a state of "+d.table.Name+" before "+w.req.AsOf+" that an incremental extract is laid over", "none that is stamped",
			"Deliver the whole table once, and start that run with --full-extract; the next ones bring what changed.")
		return nil
	}
	if base.GetDroppedAt() != nil {
		d.find(problem.RetainedNoLonger, "the rows of the state before "+w.req.AsOf+" that an incremental extract is laid over",
			named(base)+", whose rows retention dropped on "+base.GetDroppedAt().AsTime().UTC().Format(time.DateOnly),
			"Deliver the whole table, and start the run with --full-extract.")
		return nil
	}
	if lacks := lacking(d.table, base); len(lacks) > 0 {
		d.find(problem.BaseMissing, "a state before "+w.req.AsOf+" that has every column which "+d.table.Name+" must have",
			fmt.Sprintf("%s, which was stamped without %s", named(base), few(lacks)),
			"Deliver the whole table once, and start that run with --full-extract; or declare the columns optional: they are NULL then in rows that are not delivered.")
		return nil
	}
	w.warnOlder(d, base)
	return base
}

// base is the base of a table; nil where there is none.
func (r Request) base(table string) *stepv1.Base {
	i := slices.IndexFunc(r.Bases, func(b *stepv1.Base) bool { return b.GetTable() == table })
	if i < 0 {
		return nil
	}
	return r.Bases[i]
}

// lacking are the columns that a table must have and its base was stamped without.
func lacking(t *declared.Table, base *stepv1.Base) []string {
	var lacks []string
	for _, c := range t.Columns {
		has := func(b *stepv1.BaseColumn) bool { return b.GetName() == c.Name }
		if !c.Optional && !slices.ContainsFunc(base.GetColumns(), has) {
			lacks = append(lacks, c.Name)
		}
	}
	return lacks
}

// warnOlder adds a warning where dates of the calendar lie between a base and the delivery:
// what changed in them is in neither.
func (w *work) warnOlder(d *delivery, base *stepv1.Base) {
	asOf, err := dataset.ParseAsOf(w.req.AsOf)
	if err != nil {
		return // refused long before
	}
	between := 0
	var first, last string
	for at := dataset.PreviousAsOf(w.req.Dataset.Calendar, asOf); !at.IsZero() && dataset.FormatAsOf(at) > base.GetAsOf(); at = dataset.PreviousAsOf(w.req.Dataset.Calendar, at) {
		if between++; between == 1 {
			last = dataset.FormatAsOf(at)
		}
		first = dataset.FormatAsOf(at)
	}
	if between == 0 {
		return
	}
	missing := first
	if between > 1 {
		missing = first + " to " + last
	}
	found := fmt.Sprintf("%s, and nothing stamped as of %s", named(base), missing)
	d.findings = append(d.findings, &stepv1.Finding{
		Reason: string(problem.BaseOlder), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: d.table.Name, File: d.table.File, Count: int64(between),
		Expected: "the state of the as_of before to lay the extract over", Found: found,
		Action:  "Where the extract brings what changed since " + base.GetAsOf() + ", all is well. Otherwise deliver " + missing + ", then this as_of again with --supersede --reason.",
		Message: fmt.Sprintf("%s is laid over %s: what changed as of %s is not in it, unless the extract brings it", d.table.File, named(base), missing),
	})
}

// noteUnknownDeletes adds a notice of rows that delete what is not there.
func (d *delivery) noteUnknownDeletes() {
	n := d.overlay.GetDeletedUnknown()
	if n == 0 {
		return
	}
	found := prose.Count(n, "row") + " that delete" + plural(int(min(n, 2)), "s", "") + " a key which it does not have"
	d.findings = append(d.findings, &stepv1.Finding{
		Reason: string(problem.DeletesUnknown), Severity: datasetv1.Severity_SEVERITY_INFO, Table: d.table.Name, File: d.table.File, Count: n,
		Column:   d.table.Deleted.Column.Name,
		Expected: "deletes of keys that " + named(d.overlay.GetBase()) + " has", Found: found,
		Action:  "Nothing, where rows may come and go between two extracts. Otherwise see that folder and as_of belong together.",
		Message: fmt.Sprintf("%s: expected deletes of keys that %s has, found %s", d.table.File, named(d.overlay.GetBase()), found),
	})
}

// standsAt says where a row of a candidate is from: its line, or the state that it was left
// in as it was.
func (d *delivery) standsAt(line int64) string {
	if d.again != "" {
		return "in " + d.madeOf()
	}
	if line == 0 && d.overlay != nil {
		return "in " + named(d.overlay.GetBase())
	}
	return fmt.Sprintf("on line %d", line)
}

// placeOf names a row of a candidate by its line, or by the state that it was left in.
func (d *delivery) placeOf(line int64) string {
	if d.again != "" {
		return d.madeOf()
	}
	if line == 0 && d.overlay != nil {
		return named(d.overlay.GetBase())
	}
	return fmt.Sprintf("line %d of %s", line, d.table.File)
}

// fileAt is the file of a row of a candidate, or the state that it was left in as it was.
func (d *delivery) fileAt(line int64) string {
	if d.again != "" {
		return d.madeOf()
	}
	if line == 0 && d.overlay != nil {
		return named(d.overlay.GetBase())
	}
	return d.table.File
}

// lacks says of a key where it is not, for all that the delivery makes of its table.
func (d *delivery) lacks() string {
	switch {
	case d.again != "":
		return "not in " + d.madeOf()
	case d.overlay == nil:
		return "not in " + d.table.File
	}
	said := fmt.Sprintf("not in %s with %s over it", named(d.overlay.GetBase()), d.table.File)
	if n := d.overlay.GetDeleted(); n > 0 {
		said += ", which deletes " + prose.Count(n, "row")
	}
	return said
}

// madeOf names what a candidate of a restamp is made of: no row of it is from a line.
func (d *delivery) madeOf() string {
	if d.overlay == nil {
		return d.again
	}
	return d.again + " over " + named(d.overlay.GetBase())
}

// sameBases says whether the tables with an incremental extract would be laid over the very
// content that those of a batch were. Without a base nothing is the same: the files of a batch
// that was a full extract are another state as what changed.
func (r Request) sameBases(b *ingestv1.Batch) bool {
	hashes := map[string]string{}
	for _, o := range b.GetOverlays() {
		hashes[o.GetBase().GetTable()] = o.GetBase().GetContentHash()
	}
	for _, t := range r.Dataset.Tables {
		if !t.Incremental {
			continue
		}
		base := r.base(t.Name)
		if base == nil || hashes[t.Name] != base.GetContentHash() {
			return false
		}
		delete(hashes, t.Name)
	}
	return len(hashes) == 0
}

// delivered is how many rows of a table's file were staged: of an incremental extract fewer
// than its candidate has.
func delivered(b *ingestv1.Batch, c *stepv1.TableCounts) int64 {
	for _, o := range b.GetOverlays() {
		if o.GetBase().GetTable() == c.GetTable() {
			return o.GetDelivered()
		}
	}
	return c.GetRows()
}
