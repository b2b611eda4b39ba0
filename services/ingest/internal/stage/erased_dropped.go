package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// dropErased leaves the rows out of a delivery whose keys were erased, where the dataset says
// so, and every row that refers to one that is left out: it would refer to nobody. What is left
// of a date that is stamped is then what the erase left of it.
func (w *work) dropErased(ctx context.Context, deliveries []*delivery) error {
	if !w.req.Dataset.DropsErased {
		return nil
	}
	tables, err := store.ErasedTables(ctx, w.Pool, w.req.Dataset.Name)
	if err != nil || len(tables) == 0 {
		return err
	}
	byTable := map[*declared.Table]*delivery{}
	for _, d := range deliveries {
		byTable[d.table] = d
	}
	var dropped dropping
	err = w.req.Fence.Tx(ctx, w.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		dropped = dropping{work: w, conn: conn, keys: map[*declared.Table][][]string{}}
		if _, err := conn.Exec(ctx, settings); err != nil {
			return fmt.Errorf("set up the transaction: %w", err)
		}
		for _, t := range w.req.Dataset.InPublishOrder() {
			if d := byTable[t]; d != nil && d.candidate() != nil {
				if err := dropped.table(ctx, d, tables[t.Name]); err != nil {
					return fmt.Errorf("leave erased keys out of %s: %w", t.File, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range deliveries { // once they are gone for good
		d.sayDropped(int64(len(dropped.keys[d.table])))
	}
	return nil
}

// dropping is one such transaction.
type dropping struct {
	*work
	conn *pgx.Conn
	// keys are those of the rows that were left out.
	keys map[*declared.Table][][]string
}

// table leaves rows out of the candidate of a table; under are the IDs of the keys that hashes
// of its erased keys were made with. Its parents went before it.
func (p *dropping) table(ctx context.Context, d *delivery, under []string) error {
	t, from := d.table, relation.Of(d.candidate().GetRelation())
	keys, err := p.erasedUnder(t.Name, under)
	if err != nil {
		return err
	}
	args := append([]any{p.req.Dataset.Name, t.Name}, keys...)
	if err := p.delete(ctx, t, statement.DropErased(t, from, len(under)), args...); err != nil {
		return err
	}
	for _, r := range t.References {
		if r.Parent != t {
			if _, err := p.referring(ctx, t, from, r, p.keys[r.Parent]); err != nil {
				return err
			}
		}
	}
	for _, r := range t.References {
		for gone := p.keys[t]; r.Parent == t && len(gone) > 0; { // until nobody refers to what is left out
			if gone, err = p.referring(ctx, t, from, r, gone); err != nil {
				return err
			}
		}
	}
	return nil
}

// referring leaves the rows out that refer to keys, and returns theirs.
func (p *dropping) referring(ctx context.Context, t *declared.Table, from relation.Relation, r declared.Reference, keys [][]string) ([][]string, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := make([]any, len(r.Columns))
	for i := range r.Columns {
		column := make([]string, len(keys))
		for k, key := range keys {
			column[k] = key[i]
		}
		args[i] = column
	}
	before := len(p.keys[t])
	err := p.delete(ctx, t, statement.DropReferring(t, from, r), args...)
	return p.keys[t][before:], err
}

func (p *dropping) delete(ctx context.Context, t *declared.Table, sql string, args ...any) error {
	rows, err := p.conn.Query(ctx, sql, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err != nil {
		return err
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[[]string])
	p.keys[t] = append(p.keys[t], keys...)
	return err
}

// sayDropped takes rows that were left out of the counts, and adds a notice. Which they were
// it does not say.
func (d *delivery) sayDropped(n int64) {
	if n == 0 {
		return
	}
	d.counts.Rows -= n
	d.header.Candidate.Rows -= n
	found := prose.Count(n, "row") + " with such a key, or that refer to a row with one"
	f := d.find(problem.ErasedKeysReturned, "no key that was erased", found,
		"Have the rows removed where the file is made. The dataset declares erased_keys: drop, so they are in neither live nor history.")
	f.Severity, f.Count = datasetv1.Severity_SEVERITY_INFO, n
	f.Message = fmt.Sprintf("%s: %s: left out", d.table.File, found)
}
