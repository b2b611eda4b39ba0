package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/diffcsv"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// diffTable writes what differs for people: of each snapshot how much and where, and its
// rows, as it comes. Rows are laid out some at a time, so that nothing is held back.
type diffTable struct {
	app    *app
	begun  bool
	counts *snapshotv1.DiffCounts
	shown  int64
}

func (d *diffTable) take(m *snapshotv1.DiffResponse) error {
	switch {
	case m.GetHead() != nil:
		return d.head(m.GetHead())
	case m.GetCounts() != nil:
		d.counts = m.GetCounts()
		return d.count(m.GetCounts())
	case m.GetRows() != nil:
		d.shown += int64(len(m.GetRows().GetRows()))
		return d.rows(m.GetRows().GetRows())
	}
	return d.more()
}

func (d *diffTable) end() error { return nil }

// head names the snapshot and the two that are compared.
func (d *diffTable) head(h *snapshotv1.DiffHead) error {
	if err := d.more(); err != nil {
		return err
	}
	var b strings.Builder
	if d.begun {
		b.WriteByte('\n')
	}
	d.begun, d.counts, d.shown = true, nil, 0
	fmt.Fprintf(&b, "%s: %s → %s\n", h.GetSnapshot(), ofRevision(h.GetFrom()), ofRevision(h.GetTo()))
	for _, only := range []struct {
		one     string
		columns []string
	}{{"first", h.GetOnlyFrom()}, {"other", h.GetOnlyTo()}} {
		if len(only.columns) > 0 {
			fmt.Fprintf(&b, "not compared, since only the %s has them: %s\n", only.one, printer.OneLine(strings.Join(only.columns, ", ")))
		}
	}
	_, err := io.WriteString(d.app.proc.Out, b.String())
	return err
}

func ofRevision(s *snapshotv1.Snapshot) string {
	return fmt.Sprintf("%s (revision %d)", s.GetAsOf(), s.GetRevision())
}

// count says how many rows differ, and in which columns.
func (d *diffTable) count(c *snapshotv1.DiffCounts) error {
	_, err := fmt.Fprintf(d.app.proc.Out, "%s added, %s removed, %s changed, %s the same\n", prose.Number(c.GetAdded()), prose.Number(c.GetRemoved()),
		prose.Number(c.GetChanged()), prose.Number(c.GetSame()))
	if err != nil || len(c.GetColumns()) == 0 {
		return err
	}
	g := d.grid(printer.Text("COLUMN"), printer.Number("CHANGED"))
	for _, one := range c.GetColumns() {
		g.Row(one.GetColumn(), prose.Number(one.GetUpdated()))
	}
	return g.Write(d.app.proc.Out)
}

// rows lays out some rows: a line for each value that changed, and one for a row that only
// one of the two has, unless all is shown.
func (d *diffTable) rows(rows []*snapshotv1.RowDifference) error {
	g := d.grid(printer.Text("KEY"), printer.Text("CHANGE"), printer.Text("COLUMN"), printer.Text("FROM"), printer.Text("TO"))
	for _, r := range rows {
		key, change := diffcsv.Key(r.GetKey()), diffcsv.Change(r.GetChange())
		values := r.GetValues()
		if r.GetChange() != stepv1.RowChange_ROW_CHANGE_CHANGED && d.app.format != printer.Wide {
			values = nil
		}
		if len(values) == 0 {
			g.Row(key, change)
		}
		for _, v := range values {
			from, to := shownValue(v.From), shownValue(v.To)
			if r.GetChange() == stepv1.RowChange_ROW_CHANGE_ADDED {
				from = ""
			}
			if r.GetChange() == stepv1.RowChange_ROW_CHANGE_REMOVED {
				to = ""
			}
			g.Row(key, change, v.GetColumn(), from, to)
		}
	}
	if _, err := fmt.Fprintln(d.app.proc.Out); err != nil {
		return err
	}
	return g.Write(d.app.proc.Out)
}

func (d *diffTable) grid(columns ...printer.Column) *printer.Grid {
	g := d.app.grid(columns...)
	g.Indent = "  "
	return g
}

// shownValue tells NULL from the empty text.
func shownValue(text *string) string {
	switch {
	case text == nil:
		return "NULL"
	case *text == "":
		return `""`
	default:
		return *text
	}
}

// more says how many rows of the snapshot before were not shown.
func (d *diffTable) more() error {
	c := d.counts
	d.counts = nil
	all := c.GetAdded() + c.GetRemoved() + c.GetChanged()
	if c == nil || d.shown == 0 || d.shown >= all {
		return nil
	}
	d.app.note("%s: the first %s of %s are shown; --limit 0 shows all.", c.GetSnapshot(), prose.Number(d.shown), prose.Count(all, "row"))
	return nil
}
