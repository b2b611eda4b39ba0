package live

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Standing is what a dataset finds under the name of one of its tables.
type Standing struct {
	// Name is the dataset's table; empty for one of the others.
	Name     string
	Relation relation.Relation
	// Exists says that something stands there, and HasRows that it holds any row.
	Exists, HasRows bool
	Differences     []relation.Difference
	// Columns are those that stand; Renamed was carried out in them, and has been declared
	// since, and Renames is to be yet.
	Columns          []string
	Renamed, Renames []relation.Rename
	// Warnings are what may keep a run from writing into it although nothing differs.
	Warnings []relation.Difference
}

// patience bounds the wait for whoever holds a table under lock: a check that a person
// waits for answers soon, or fails.
const patience = "set local lock_timeout = '3s'; set local statement_timeout = '10s'"

// Check says what stands under the names of a dataset's tables, in the order of
// publishing, and which of the others are there. It changes nothing.
func Check(ctx context.Context, pool *postgres.Pool, d *declared.Dataset, others []relation.Relation, openSchema func(schema string) string) ([]Standing, error) {
	var all []Standing
	// One snapshot for all tables, as Publish has one transaction.
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, pool, opts, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, patience); err != nil {
			return err
		}
		declares, err := Inspect(ctx, tx, d.InPublishOrder(), openSchema)
		if err != nil {
			return err
		}
		for _, r := range others {
			t := &declared.Table{Live: r}
			l, err := find(ctx, tx, t)
			if err != nil {
				return err
			}
			if l.Exists {
				declares = append(declares, Found{Table: l, Of: t})
			}
		}
		all, err = standings(ctx, tx, declares)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("check the live tables of %s: %w", d.Name, err)
	}
	return all, nil
}

func standings(ctx context.Context, q postgres.Querier, found []Found) ([]Standing, error) {
	var tables, foreign []relation.Relation
	for _, f := range found {
		if f.Exists && f.isTable() && !f.visible(f.Of) {
			continue // whatever stands on it is not told
		}
		tables = append(tables, f.Of.Live)
		if f.Exists && f.owned.foreign && f.Of.Adopt {
			foreign = append(foreign, f.Of.Live)
		}
	}
	warnings, err := postgres.Warnings(ctx, q, tables)
	if err != nil {
		return nil, err
	}
	code, err := postgres.ForeignCode(ctx, q, foreign)
	if err != nil {
		return nil, err
	}
	all := make([]Standing, 0, len(found))
	for _, f := range found {
		has, err := f.hasRows(ctx, q, f.Of)
		if err != nil {
			return nil, err
		}
		all = append(all, Standing{
			Name: f.Of.Name, Relation: f.Of.Live, Exists: f.Exists, HasRows: has, Differences: f.Differences,
			Columns: f.stand, Renamed: called.Renames(f.Renamed), Renames: called.Renames(f.open), Warnings: append(code[f.Of.Live], warnings[f.Of.Live]...),
		})
	}
	return all, nil
}
