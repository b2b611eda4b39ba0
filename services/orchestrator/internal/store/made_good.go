package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// ownersSQL are the functions by which ingest and snapshot say which tables were first
// published and stamped into by datasets.
const ownersSQL = `
select n.nspname::text, p.oid::regproc::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname in ('sf_ingest', 'sf_snapshot') and p.proname = 'owned_tables' order by 1`

// goods are the tables that datasets have made their own.
type goods struct {
	// all says that whatever was declared counts as that: a service that keeps it is of an
	// earlier version, or keeps it elsewhere.
	all bool
	own []Taken
	// stamped are datasets with a table of snapshots: their views may be there too.
	stamped []string
}

// by says whether a claim is of what its dataset has made its own. A schema as a whole is for
// the views of what was stamped.
func (g goods) by(c Taken) bool {
	if c.Table.Name == Whole {
		return g.all || slices.Contains(g.stamped, c.Dataset)
	}
	return g.all || slices.Contains(g.own, c)
}

// madeGood asks what the datasets of claims have published and stamped into.
func madeGood(ctx context.Context, q postgres.Querier, claimed []Taken) (goods, error) {
	rows, err := q.Query(ctx, ownersSQL)
	if err != nil {
		return goods{}, err
	}
	keepers, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Schema, Function string }])
	if err != nil {
		return goods{}, err
	}
	if len(keepers) < 2 {
		return goods{all: true}, nil
	}
	var of []string
	for _, c := range claimed {
		of = append(of, c.Dataset)
	}
	var made goods
	for _, k := range keepers {
		rows, err := q.Query(ctx, "select schema_name, table_name, dataset from "+k.Function+"($1)", of)
		if err != nil {
			return goods{}, err
		}
		own, err := pgx.CollectRows(rows, scanTaken)
		if err != nil {
			return goods{}, err
		}
		made.own = append(made.own, own...)
		if k.Schema != "sf_snapshot" {
			continue
		}
		for _, t := range own {
			made.stamped = append(made.stamped, t.Dataset)
		}
	}
	return made, nil
}
