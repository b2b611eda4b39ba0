// Package expand lets live tables take what a dataset declares by now. What a run does is
// short: columns that are new or called otherwise, types that are wider, NULL where a file
// may lack a column. What rewrites a table is done on demand. Everything else is a person's
// to do.
package expand

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/grow"
	"github.com/streamflow/streamflow/platform/patience"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/standing"
)

// Expander alters live tables.
type Expander struct {
	Pool *postgres.Pool
	// Patience is how long one try waits for a lock, and how often it is tried.
	Patience patience.Patience
	// OpenSchema says how the schema of a name is opened to the service.
	OpenSchema func(schema string) string
}

// Request says what to alter.
type Request struct {
	Fence   fence.Fence
	Dataset *declared.Dataset
	// Remedy is what is to be done: what a run does, or a migration.
	Remedy relation.Remedy
	// LookOnly only says what would be done.
	LookOnly bool
}

// Expand alters every table of the dataset that differs in what the remedy is for, in the
// order of publishing, and returns what it did. A table whose lock cannot be had ends it
// with DATABASE_UNAVAILABLE; what was altered before stays so. A migration returns
// LIVE_TABLE_DIFFERS where a person has to mend anything first.
func (e *Expander) Expand(ctx context.Context, req Request) ([]grow.Altered, error) {
	tables := req.Dataset.InPublishOrder()
	grower := grow.Grower{Remedy: req.Remedy, LookOnly: req.LookOnly, Reason: problem.LiveTableDiffers, Tx: e.transaction(req)}
	growing := make([]grow.Table, len(tables))
	for i, t := range tables {
		growing[i] = grow.Table{
			Name: t.Name, Relation: t.Live,
			Look: func(ctx context.Context, q postgres.Querier) ([]relation.Difference, error) {
				found, err := live.Inspect(ctx, q, []*declared.Table{t}, e.OpenSchema)
				if err != nil || !found[0].Exists {
					return nil, err
				}
				return found[0].Differences, nil
			},
			After: func(ctx context.Context, conn *pgx.Conn, mended []relation.Difference) error {
				if renames := grow.Renames(mended); len(renames) > 0 {
					if err := carriedOut(ctx, conn, req.Dataset.Name, t, renames); err != nil {
						return err
					}
				}
				return standing.Altered(ctx, conn, req.Dataset.Name, t, altered(mended))
			},
		}
	}
	altered, err := grower.Grow(ctx, e.Pool, growing)
	if err != nil || req.LookOnly {
		return altered, err
	}
	return altered, e.settle(ctx, req, tables)
}

func (e *Expander) transaction(req Request) func(context.Context, relation.Relation, func(context.Context, *pgx.Conn) error) error {
	return func(ctx context.Context, table relation.Relation, fn func(context.Context, *pgx.Conn) error) error {
		return e.Patience.Tx(ctx, req.Fence, e.Pool, table.String(), fn)
	}
}

// altered are the columns that were mended otherwise than by a rename, by the names they have.
func altered(mended []relation.Difference) (columns []string) {
	for _, d := range mended {
		if d.Column != "" && len(d.Renames) == 0 {
			columns = append(columns, d.Column)
		}
	}
	return columns
}
