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

// sayErasedAgain warns of rows whose keys were erased and that are delivered again, or refuses
// them where the dataset does. They are told by a hash of the key, and named by their line alone.
func (w *work) sayErasedAgain(ctx context.Context, deliveries []*delivery) error {
	tables, err := store.ErasedTables(ctx, w.Pool, w.req.Dataset.Name)
	if err != nil || len(tables) == 0 {
		return err
	}
	for _, d := range deliveries {
		under, known := tables[d.table.Name]
		if d.candidate() == nil || !known {
			continue
		}
		if err := w.lookForErased(ctx, d, under); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) lookForErased(ctx context.Context, d *delivery, under []string) error {
	from := relation.Of(d.candidate().GetRelation())
	keys, err := w.erasedUnder(d.table.Name, under)
	if err != nil {
		return err
	}
	args := append([]any{pgx.QueryExecModeExec, w.req.Dataset.Name, d.table.Name, maxRows}, keys...)
	rows, err := w.Pool.Query(ctx, statement.ErasedAgain(d.table, from, len(under)), args...)
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
	if w.req.Dataset.RefusesErased {
		f.Severity = datasetv1.Severity_SEVERITY_CRITICAL
		f.Action = "Have the rows removed where the file is made; the dataset declares erased_keys: refuse, and nothing of the delivery is published."
	}
	return nil
}

// erasedUnder are the parameters by which hashes that were made with keys of these IDs are made
// again. One that is gone from the file of keys is an error: rows would pass that nobody knows.
func (w *work) erasedUnder(table string, ids []string) (args []any, err error) {
	for _, id := range ids {
		key, ok := w.Keys.ByID(id)
		if !ok {
			return nil, fmt.Errorf("keys of table %s were erased under the key %s of personal values, which the file of keys does not have any more: "+
				"whether they are delivered again cannot be told; add its line to the file again (SF_PII_KEY_FILE)", table, id)
		}
		inner, outer := key.Pads(store.ErasedHash)
		args = append(args, id, inner, outer)
	}
	return args, nil
}
