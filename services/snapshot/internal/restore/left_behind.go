package restore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/assemble"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// leftBehind are the snapshots that hold another delivery than the others, where both are
// restored. One table is not put together from both: its rows would never have been.
func (o Order) leftBehind(ctx context.Context, tx pgx.Tx, tables []assemble.Table) ([]string, error) {
	at := time.Now().AddDate(1, 0, 0) // whatever the clock of PostgreSQL says, now is before
	if o.KnownAt != nil {
		at = *o.KnownAt
	}
	all, err := store.LeftOf(ctx, tx, o.Dataset.GetName(), at)
	if err != nil {
		return nil, err
	}
	var behind, others []string
	for _, t := range tables {
		var here, there []string
		for _, e := range t.Revisions() {
			if slices.Contains(all[o.AsOf.Format(time.DateOnly)].Snapshots, e.Snapshot) {
				here = append(here, e.Snapshot)
			} else {
				there = append(there, e.Snapshot)
			}
		}
		if len(here) > 0 && len(there) > 0 {
			return nil, o.notOneTable(t.Declared.GetName(), here, there)
		}
		behind, others = append(behind, here...), append(others, there...)
	}
	if len(others) == 0 {
		return nil, nil
	}
	return behind, nil
}

func (o Order) notOneTable(table string, behind, others []string) error {
	return problem.New(problem.RollbackMixed,
		"table %s cannot be put together as of %s: %s was left as it was when %s got another content, and their rows are of two deliveries; "+
			"deliver the date again as a whole, with --supersede, or restore it as it was known before, with --known-at; nothing was written",
		table, o.AsOf.Format(time.DateOnly), strings.Join(behind, ", "), strings.Join(others, ", ")).
		With("dataset", o.Dataset.GetName()).With("as_of", o.AsOf.Format(time.DateOnly)).
		Violate(table, "%s and %s are of two deliveries", strings.Join(behind, ", "), strings.Join(others, ", "))
}
