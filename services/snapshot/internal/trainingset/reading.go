package trainingset

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// planned is how one reading is planned. Less memory, and a million rows are sorted on
// disk; more, and some readings at once are felt on a small machine. A partition that
// nobody has analyzed yet looks as if each key stood in it many times, and nested loops
// look cheap beside that: they would take the square of the rows. All joins here are of
// whole partitions by equal keys, which hashing and merging do, whatever the planner knows.
const planned = "set local work_mem = '64MB'; set local enable_nestloop = off"

// reading runs something in a transaction that sees one state and writes nothing.
func (t *Trainer) reading(ctx context.Context, read func(pgx.Tx) error) error {
	return t.in(ctx, pgx.ReadOnly, read)
}

// trying runs something in a transaction that sees one state, and what it writes itself,
// of which nothing is left.
func (t *Trainer) trying(ctx context.Context, try func(pgx.Tx) error) error {
	return t.in(ctx, pgx.ReadWrite, try)
}

func (t *Trainer) in(ctx context.Context, mode pgx.TxAccessMode, fn func(pgx.Tx) error) error {
	tx, err := t.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: mode})
	if err != nil {
		return postgres.Problem(fmt.Errorf("begin: %w", err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // it committed, or is to leave nothing
	if _, err := tx.Exec(ctx, planned); err != nil {
		return postgres.Problem(fmt.Errorf("begin: %w", err))
	}
	return gone(postgres.Problem(fn(tx)))
}

// The codes of PostgreSQL of a table and a column that are not there.
const (
	undefinedTable  = "42P01"
	undefinedColumn = "42703"
)

// gone says of rows that the catalog knows and nobody finds what became of the set.
func gone(err error) error {
	if code := postgres.Code(err); code == undefinedTable || code == undefinedColumn {
		return problem.Wrap(err, problem.TrainingSetChanged, "the training set cannot be made again: %v", err)
	}
	return err
}

// locateAll finds where the rows of what some joins use are, in the state that the
// transaction sees. Errors: TRAINING_SET_CHANGED.
func locateAll(ctx context.Context, q postgres.Querier, dataset string, joins []Join) error {
	places, err := placesOf(ctx, q, dataset, pins(joins))
	if err != nil {
		return err
	}
	if len(places.differences) > 0 {
		return changed(places.differences)
	}
	for i := range joins {
		j := &joins[i]
		if j.Entities != nil {
			places.put(j.Entities)
		}
		if j.Label != nil {
			places.put(j.Label)
		}
		for _, source := range j.Sources {
			for n := range source {
				places.put(&source[n])
			}
		}
	}
	return nil
}

// places says where revisions are, by snapshot and as_of.
type places struct {
	at          map[string]store.Entry
	differences []difference
}

func (p places) put(pin *Pin) {
	e := p.at[place(pin.Snapshot, pin.AsOf)]
	pin.Relation, pin.Columns, pin.Revision = e.Relation, e.Columns, e.Revision
}
