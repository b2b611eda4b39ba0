package retain

import (
	"context"
	_ "embed" // the statements
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

//go:embed dependent.sql
var dependentSQL string

const ownedSQL = `select pg_catalog.pg_has_role(relowner, 'usage') from pg_catalog.pg_class where oid = $1`

// inTheWay says what keeps a table of a date from being dropped, and what to do about it;
// nothing where it is free, or gone.
func inTheWay(ctx context.Context, q postgres.Querier, t store.DateTable) (found, mend string, err error) {
	standing, err := store.StandingOf(ctx, q, t.Relation)
	if err != nil || standing == nil {
		return "", "", err
	}
	if moved(t, standing.Parent) {
		return fmt.Sprintf("%s is a partition of %s, where somebody attached it", t.Relation, standing.Parent),
			fmt.Sprintf("alter table %s detach partition %s", standing.Parent.SQL(), t.Relation.SQL()), nil
	}
	var owned bool
	if err := q.QueryRow(ctx, ownedSQL, standing.OID).Scan(&owned); err != nil {
		return "", "", fmt.Errorf("ask whose table %s is: %w", t.Relation, err)
	}
	if !owned {
		return fmt.Sprintf("%s is owned by somebody else", t.Relation), fmt.Sprintf("alter table %s owner to sf_snapshot", t.Relation.SQL()), nil
	}
	return dependents(ctx, q, t.Relation, standing.OID)
}

// moved says whether a table is a partition of another table than those of its snapshot.
func moved(t store.DateTable, parent relation.Relation) bool {
	kept := layout.Layout{Snapshot: t.Snapshot, Table: t.Table}.AllKept()
	return parent != relation.Relation{} && parent != t.Table && parent != kept
}

// dependents names what of somebody else's stands on a table.
func dependents(ctx context.Context, q postgres.Querier, r relation.Relation, oid uint32) (found, mend string, err error) {
	rows, err := q.Query(ctx, dependentSQL, oid)
	if err != nil {
		return "", "", fmt.Errorf("look at what stands on %s: %w", r, err)
	}
	var names, mends []string
	var name, sql string
	_, err = pgx.ForEachRow(rows, []any{&name, &sql}, func() error {
		names = append(names, name)
		if sql != "" {
			mends = append(mends, sql)
		}
		return nil
	})
	if err != nil {
		return "", "", fmt.Errorf("look at what stands on %s: %w", r, err)
	}
	if len(names) == 0 {
		return "", "", nil
	}
	return fmt.Sprintf("on %s stands %s", r, strings.Join(names, ", ")), strings.Join(mends, "; "), nil
}
