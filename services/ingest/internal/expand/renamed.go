package expand

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/renamed"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/standing"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// carriedOut records what is renamed in a live table, in the transaction that does it:
// what was published until now has the older names, and the ledger of the departed, whose
// keys are in their order, the newer ones. How the table was left follows.
func carriedOut(ctx context.Context, conn *pgx.Conn, dataset string, t *declared.Table, renames []relation.Rename) error {
	published, err := store.Watermark(ctx, conn, dataset)
	if err != nil {
		return err
	}
	if err := called.Ledger.Add(ctx, conn, t.Live, renamed.Step{UpTo: published, Renames: renames}); err != nil {
		return err
	}
	if err := standing.Renamed(ctx, conn, dataset, t, called.Pairs(renames)); err != nil {
		return err
	}
	return store.RenameKey(ctx, conn, dataset, t.Name, called.Pairs(renames))
}

// settle brings the ledger up to what is declared: renames that somebody made by hand are
// entered, those that are declared no more are closed. It writes nothing where there is
// nothing of these.
func (e *Expander) settle(ctx context.Context, req Request, tables []*declared.Table) error {
	due, err := e.unsettled(ctx, e.Pool, tables)
	if err != nil || len(due) == 0 {
		return err
	}
	return req.Fence.Tx(ctx, e.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		due, err := e.unsettled(ctx, conn, tables)
		if err != nil {
			return err
		}
		for _, d := range due {
			if len(d.closed) > 0 {
				if err := called.Ledger.Close(ctx, conn, d.table.Live, called.Renames(d.closed)); err != nil {
					return err
				}
			}
			if len(d.made) > 0 {
				if err := carriedOut(ctx, conn, req.Dataset.Name, d.table, called.Renames(d.made)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// unsettled is a table of which the ledger does not say what is so.
type unsettled struct {
	table        *declared.Table
	made, closed rename.Pairs
}

func (e *Expander) unsettled(ctx context.Context, q postgres.Querier, tables []*declared.Table) ([]unsettled, error) {
	names, err := called.Of(ctx, q, tables)
	if err != nil {
		return nil, err
	}
	var due []unsettled
	for _, t := range tables {
		u := unsettled{table: t, closed: names[t.Name].Standing.Without(t.Renames)}
		if made := t.Renames.Without(names[t.Name].Standing); len(made) > 0 {
			found, err := live.Inspect(ctx, q, []*declared.Table{t}, e.OpenSchema)
			if err != nil {
				return nil, err
			}
			u.made = found[0].Made(made)
		}
		if len(u.made)+len(u.closed) > 0 {
			due = append(due, u)
		}
	}
	return due, nil
}
