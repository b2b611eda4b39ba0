package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// deleteDeparted deletes the departed rows of the tables that declare it, children
// before their parents, unless there are suspiciously many in any of them.
func (w *work) deleteDeparted(ctx context.Context) error {
	leaving, err := w.leaving()
	if err != nil {
		return err
	}
	slices.Reverse(leaving)
	for _, t := range leaving {
		w.report(t.Name, "delete", t.counts.GetDeparted())
		tag, err := w.conn.Exec(ctx, statement.DeleteDeparted(t.Table, t.from))
		if err != nil {
			return fmt.Errorf("delete the departed rows of %s: %w", t.Live, err)
		}
		t.counts.Deleted = tag.RowsAffected()
	}
	return nil
}

// leaving returns the tables that would lose rows; none of it may be too many.
func (w *work) leaving() ([]staged, error) {
	var leaving []staged
	for _, t := range w.tables() {
		if t.Deletes && t.counts.GetDeparted() > 0 {
			leaving = append(leaving, t)
		}
	}
	return leaving, w.withinLimits(leaving)
}

// withinLimits refuses where a table would lose a larger share of its rows than it
// declares; every such table is named.
func (w *work) withinLimits(leaving []staged) error {
	p := problem.New(problem.DeparturesOverLimit, "").With("batch", w.batch.GetId())
	var said []string
	for _, t := range leaving {
		live, gone := w.live[t.Name].rows, t.counts.GetDeparted()
		if float64(gone) > t.DepartedLimit*float64(live) {
			_ = p.Violate(t.Name, "%d of %d live rows have no row in %s, and departed_limit is %g", gone, live, t.File, t.DepartedLimit)
			said = append(said, t.Name+": "+p.Violations[len(p.Violations)-1].Description)
		}
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "too many rows would be deleted: " + strings.Join(said, "; ") +
		"; check that the files are whole, or raise departed_limit; nothing was written"
	return p
}
