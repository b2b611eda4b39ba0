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
		if t.counts.Deleted = tag.RowsAffected(); t.counts.Deleted != t.counts.GetDeparted() {
			return interfered(t, "deleted", t.counts.GetDeparted(), t.counts.GetDeleted())
		}
	}
	return nil
}

// interfered is the error of a table that did with the rows something else than it was
// told, as a trigger of the users' own may. What is counted, and judged by the counts,
// would not be what happened.
func interfered(t staged, verb string, told, did int64) error {
	p := problem.New(problem.LiveTableDiffers,
		"%s: expected %d rows to be %s, and %d were: a trigger or rule of its own took a hand; drop it, or have it leave the rows alone; nothing was written",
		t.Live, told, verb, did)
	return p.Violate(t.Live.String(), "%d of %d rows were %s", did, told, verb)
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
		live, gone := w.live[t.Name].Rows, t.counts.GetDeparted()
		// The quotient of two counts is the number that people wrote; a product is not.
		if float64(gone)/float64(live) > t.DepartedLimit {
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
