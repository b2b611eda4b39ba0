// Package expand alters live tables so that they take what the dataset declares by now.
// It works before a publish and apart from it: within the publishing transaction the lock
// of ALTER TABLE would shut out every reader for as long as that lasts. What it does is
// harmless if the run then fails: a column more, a wider type, a NULL that is allowed.
package expand

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/patience"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
)

// Expander alters live tables.
type Expander struct {
	Pool *postgres.Pool
	// Patience is how long one try waits for a lock, and how often it is tried.
	Patience patience.Patience
	// OpenSchema says how the schema of a name is opened to the service.
	OpenSchema func(schema string) string
}

// Request says what to expand.
type Request struct {
	Fence   fence.Fence
	Dataset *declared.Dataset
	// Remedy is what is to be done: what a run does, or a migration.
	Remedy relation.Remedy
	// LookOnly only says what would be done.
	LookOnly bool
}

// Altered is one difference that was mended, or would be.
type Altered struct {
	Table *declared.Table
	relation.Difference
	// Locked is how long the table was locked for it.
	Locked time.Duration
	// Bytes is how large the table is.
	Bytes int64
}

// Expand mends what the remedy is for, table by table in the order of publishing, each
// in a fenced transaction of its own.
func (e *Expander) Expand(ctx context.Context, req Request) ([]Altered, error) {
	found, err := live.Inspect(ctx, e.Pool, req.Dataset.InPublishOrder(), e.OpenSchema)
	if err != nil {
		return nil, err
	}
	var all []Altered
	for _, f := range found {
		if len(relation.Left(f.Differences, req.Remedy)) == 0 {
			continue
		}
		altered, err := e.table(ctx, req, f.Of)
		if err != nil {
			return all, fmt.Errorf("alter %s: %w", f.Of.Live, err)
		}
		all = append(all, altered...)
	}
	return all, nil
}

// table mends one table. It looks again within the transaction: another run may have
// been faster.
func (e *Expander) table(ctx context.Context, req Request, t *declared.Table) (all []Altered, err error) {
	err = e.Patience.Tx(ctx, req.Fence, e.Pool, t.Live.String(), func(ctx context.Context, conn *pgx.Conn) error {
		found, err := live.Inspect(ctx, conn, []*declared.Table{t}, e.OpenSchema)
		if err != nil {
			return err
		}
		var bytes int64
		if err := conn.QueryRow(ctx, "select pg_total_relation_size($1::text::regclass)", t.Live.SQL()).Scan(&bytes); err != nil {
			return fmt.Errorf("measure it: %w", err)
		}
		all = nil
		var statements []string
		for _, d := range relation.Left(found[0].Differences, req.Remedy) {
			all = append(all, Altered{Table: t, Difference: d, Bytes: bytes})
			statements = append(statements, d.Mend)
		}
		if req.LookOnly || len(statements) == 0 {
			return nil
		}
		began := time.Now()
		if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
			return err
		}
		for i := range all {
			all[i].Locked = time.Since(began)
		}
		return nil
	})
	return all, err
}
