// Package called knows what the columns of live tables were called: by what the dataset
// declares, and by the ledger of what was renamed. A path of renames is told by the names
// that stand; a ring, in which columns exchange their names, by the ledger alone, and in a
// file by its as_of.
package called

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/renamed"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Ledger is where it is kept what was renamed.
const Ledger renamed.Ledger = "sf_ingest.renamed"

// Names are those that the columns of one live table have and had.
type Names struct {
	// Wanted are the renames that the table declares, without the rings that were carried
	// out: which of them are still open the columns that stand say.
	Wanted rename.Pairs
	// Standing are those of the ledger that are still declared.
	Standing rename.Pairs
	steps    []step
}

// step are renames that were carried out at once, after upTo was published.
type step struct {
	upTo  string
	pairs rename.Pairs
}

// Of returns the names of tables, by table name.
func Of(ctx context.Context, q postgres.Querier, tables []*declared.Table) (map[string]Names, error) {
	live := make([]relation.Relation, len(tables))
	for i, t := range tables {
		live[i] = t.Live
	}
	ledger, err := Ledger.Of(ctx, q, live...)
	if err != nil {
		return nil, err
	}
	all := map[string]Names{}
	for _, t := range tables {
		all[t.Name] = names(t, ledger[t.Live])
	}
	return all, nil
}

func names(t *declared.Table, h renamed.History) Names {
	n := Names{Standing: Pairs(h.Standing)}
	n.Wanted = t.Renames.Without(n.Standing.Rings())
	for _, s := range h.Steps {
		n.steps = append(n.steps, step{s.UpTo, Pairs(s.Renames)})
	}
	return n
}

// Pairs are renames as package rename has them.
func Pairs(renames []relation.Rename) rename.Pairs {
	var all rename.Pairs
	for _, r := range renames {
		all = append(all, rename.Pair(r))
	}
	return all
}

// Renames are pairs as package relation has them.
func Renames(pairs []rename.Pair) []relation.Rename {
	all := make([]relation.Rename, len(pairs))
	for i, p := range pairs {
		all[i] = relation.Rename(p)
	}
	return all
}

// Open are the columns that have to be renamed yet in a relation that has the table's.
func (n Names) Open(ctx context.Context, q postgres.Querier, r relation.Relation) (rename.Pairs, error) {
	if len(n.Wanted) == 0 {
		return nil, nil
	}
	rows, err := q.Query(ctx, `
select a.attname::text from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped`, pgx.QueryExecModeExec, r.Schema, r.Name)
	if err != nil {
		return nil, fmt.Errorf("look at the columns of %s: %w", r, err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look at the columns of %s: %w", r, err)
	}
	open, _ := n.Wanted.Among(columns)
	return open, nil
}

// Made records that a table was made with the names that it declares: its rings need not
// be carried out any more.
func Made(ctx context.Context, q postgres.Querier, t *declared.Table) error {
	if len(t.Renames.Rings()) == 0 {
		return nil
	}
	all, err := Of(ctx, q, []*declared.Table{t})
	if err != nil {
		return err
	}
	if rings := all[t.Name].Wanted.Rings(); len(rings) > 0 {
		return Ledger.Add(ctx, q, t.Live, renamed.Step{Renames: Renames(rings)})
	}
	return nil
}
