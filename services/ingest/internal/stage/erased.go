package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// sayErasedAgain warns of rows whose keys were erased and that are delivered again. They are
// told by a hash of the key, and named by their line alone.
func (w *work) sayErasedAgain(ctx context.Context, deliveries []*delivery) error {
	tables, err := store.ErasedTables(ctx, w.Pool, w.req.Dataset.Name)
	if err != nil || len(tables) == 0 {
		return err
	}
	for _, d := range deliveries {
		if d.candidate() == nil || !tables[d.table.Name] {
			continue
		}
		if err := w.lookForErased(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) lookForErased(ctx context.Context, d *delivery) error {
	from := relation.Of(d.candidate().GetRelation())
	rows, err := w.Pool.Query(ctx, statement.ErasedAgain(d.table, from), pgx.QueryExecModeExec, w.req.Dataset.Name, d.table.Name, maxRows)
	if err != nil {
		return fmt.Errorf("look for keys that were erased in %s: %w", from, err)
	}
	var file int16
	var line, n int64
	var at []*stepv1.RowLocation
	if _, err := pgx.ForEachRow(rows, []any{&file, &line, &n}, func() error {
		at = append(at, &stepv1.RowLocation{File: d.table.File, Line: line, Detail: "its key was erased"})
		return nil
	}); err != nil {
		return fmt.Errorf("look for keys that were erased in %s: %w", from, err)
	}
	if n == 0 {
		return nil
	}
	f := d.find(problem.ErasedKeysReturned, "no key that was erased", fmt.Sprintf("%s with such a key, the first on line %d", prose.Count(n, "row"), at[0].GetLine()),
		"Have the rows removed where the file is made. As long as they are delivered they are published and stamped as any other; erase them again where they were.")
	f.Severity, f.Count, f.Rows = datasetv1.Severity_SEVERITY_WARNING, n, at
	return nil
}
