package stamp

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

//go:embed check.sql
var foreignSQL string

// Standing is what a dataset finds under the name of one of its snapshots.
type Standing struct {
	// Snapshot is its name; empty where only an earlier version declared it.
	Snapshot string
	Table    relation.Relation
	// Exists says that something stands there, and HasHistory that the dataset has
	// stamped into it what is still there.
	Exists, HasHistory bool
	Differences        []relation.Difference
	// Columns are those that stand; Renamed was carried out in them, and has been declared
	// since, and Renames is to be yet.
	Columns          []string
	Renamed, Renames []relation.Rename
	// Warnings are what may keep a run from stamping although nothing differs.
	Warnings []relation.Difference
}

// briefly bounds the wait for whoever holds a table under lock: a check that a person
// waits for answers soon, or fails.
const briefly = "set local lock_timeout = '3s'; set local statement_timeout = '10s'"

// Check says what stands under the names of a dataset's snapshots, and what would keep
// a run from stamping, whatever its as_of; then which other tables hold history of the
// dataset. It changes nothing.
func (s *Stamper) Check(ctx context.Context, dataset string, layouts []layout.Layout) ([]Standing, error) {
	// What another dataset has stamped into is looked at for that one alone.
	if err := store.Owners.Check(ctx, s.pool, dataset, Order{Layouts: layouts}.tables()); err != nil {
		return nil, err
	}
	var all []Standing
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, briefly); err != nil {
			return err
		}
		layouts, err := called.Of(ctx, tx, layouts)
		if err != nil {
			return err
		}
		all, err = s.standings(ctx, tx, dataset, layouts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("check the snapshots of %s: %w", dataset, err)
	}
	return all, nil
}

func (s *Stamper) standings(ctx context.Context, q postgres.Querier, dataset string, layouts []layout.Layout) ([]Standing, error) {
	history, err := store.WithHistory(ctx, q, dataset)
	if err != nil {
		return nil, err
	}
	tables := make([]relation.Relation, 0, len(layouts))
	for _, l := range layouts {
		tables = append(tables, l.Table)
	}
	warnings, err := postgres.Warnings(ctx, q, tables)
	if err != nil {
		return nil, err
	}
	ledger, err := store.Renamed.Of(ctx, q, tables...)
	if err != nil {
		return nil, err
	}
	left := map[relation.Relation]bool{}
	for _, table := range history {
		left[table] = true
	}
	all := make([]Standing, 0, len(layouts))
	for _, l := range layouts {
		standing, err := s.standing(ctx, q, dataset, l)
		if err != nil {
			return nil, err
		}
		standing.HasHistory, standing.Renamed = left[l.Table], ledger[l.Table].Standing
		if standing.Columns != nil || !standing.Exists {
			standing.Warnings = warnings[l.Table]
		}
		delete(left, l.Table)
		all = append(all, standing)
	}
	for _, table := range history {
		if left[table] {
			all = append(all, Standing{Table: table, Exists: true, HasHistory: true})
		}
	}
	return all, nil
}

func (s *Stamper) standing(ctx context.Context, q postgres.Querier, dataset string, l layout.Layout) (Standing, error) {
	standing := Standing{Snapshot: l.Snapshot, Table: l.Table}
	f, err := inspect(ctx, q, l, "")
	if err != nil {
		return standing, err
	}
	reads, err := foreignReads(ctx, q, dataset, l)
	if err != nil {
		return standing, err
	}
	if f == nil {
		standing.Differences, err = creatable(ctx, q, l, s.opts.OpenSchema)
		standing.Differences = append(standing.Differences, reads...)
		return standing, err
	}
	standing.Exists = true
	if !f.ours {
		standing.Differences = append(differences(l, f), reads...)
		return standing, nil
	}
	standing.Columns, standing.Renames = f.stand, called.Renames(f.open)
	if standing.Differences, err = hindered(ctx, q, l, f, differences(l, f)); err != nil {
		return standing, err
	}
	standing.Differences = append(standing.Differences, reads...)
	foreign, err := foreignPartitions(ctx, q, dataset, l)
	for _, p := range foreign {
		standing.Differences = append(standing.Differences, inTheWay(l, p))
	}
	return standing, err
}

func foreignPartitions(ctx context.Context, q postgres.Querier, dataset string, l layout.Layout) ([]string, error) {
	rows, err := q.Query(ctx, foreignSQL, l.Table.Schema, l.Table.Name, dataset)
	if err != nil {
		return nil, fmt.Errorf("look at the partitions of %s: %w", l.Table, err)
	}
	foreign, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look at the partitions of %s: %w", l.Table, err)
	}
	return foreign, nil
}
