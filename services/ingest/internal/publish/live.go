package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/standing"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// inspect looks at every live table, and refuses with every difference from what the
// dataset declares, but for those that are mended before it is written to.
func (w *work) inspect(ctx context.Context, mended ...relation.Remedy) error {
	var tables []*declared.Table
	for _, t := range w.tables() {
		tables = append(tables, t.Table)
	}
	all, err := live.Inspect(ctx, w.conn, tables, w.OpenSchema)
	if err != nil {
		return err
	}
	moved, err := standing.MovedKeys(ctx, w.conn, w.req.Dataset.Name, tables)
	if err != nil {
		return err
	}
	w.live, w.absences, w.brought = map[string]*live.Table{}, map[string]*absence{}, map[string]brought{}
	p := problem.New(problem.LiveTableDiffers, "").With("batch", w.batch.GetId())
	for _, found := range all {
		w.live[found.Of.Name] = found.Table
		if d, ok := moved[found.Of.Live]; ok {
			_ = p.Violate(found.Of.Live.String(), "%s", d)
		}
		for _, d := range found.Differences {
			if slices.Contains(mended, d.Remedy) {
				continue
			}
			if d.Reason != "" {
				p.Reason = problem.Reason(d.Reason)
			}
			_ = p.Violate(found.Of.Live.String(), "%s", d)
		}
	}
	if len(p.Violations) == 0 {
		return nil
	}
	var said []string
	for _, v := range p.Violations {
		said = append(said, v.Subject+": "+v.Description)
	}
	p.Message = "live tables differ from the dataset: " + strings.Join(said, "; ") + "; nothing was written"
	return p
}

// lock keeps others from writing to the live tables that stand, parents first.
func (w *work) lock(ctx context.Context) error {
	for _, t := range w.tables() {
		if !w.live[t.Name].Exists {
			continue
		}
		if err := w.exec(ctx, statement.LockLive(t.Table)); err != nil {
			return fmt.Errorf("lock %s: %w", t.Live, err)
		}
	}
	return nil
}
