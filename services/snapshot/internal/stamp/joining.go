package stamp

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// How PostgreSQL is to join what differs with a partition, for the statements up to asPlanned.
// Left to itself it hashes one of the two, whose rows are wide: that costs a quarter more than
// to go through both by the key, in whose order a partition lies, and leaves what differs in no
// order, by which the partition is then written in.
const (
	// inOrder goes through both by the key.
	inOrder = "set local enable_hashjoin = off"
	// oneByOne looks each row of the one up in the other, by its key or by where it lies.
	oneByOne  = "set local enable_hashjoin = off; set local enable_mergejoin = off"
	asPlanned = "set local enable_hashjoin to default; set local enable_mergejoin to default"
)

// fewLookups is how many times what differs the rows have to be, so that it is quicker to look
// each up than to read them all: at twenty times that takes half as long.
const fewLookups = 10

// bytewiseSQL asks whether texts are compared by their bytes, unless they say otherwise.
const bytewiseSQL = `
select d.datlocprovider = 'b' or d.datlocprovider = 'c' and d.datcollate in ('C', 'POSIX')
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`

// joinedAll is how all rows of two tables are joined by the key: in its order, but for texts
// in a database that compares them by the rules of a language, which takes longer than to
// hash them.
func joinedAll(ctx context.Context, conn *pgx.Conn, l layout.Layout) (string, error) {
	if !slices.ContainsFunc(l.Key, func(c layout.Column) bool { return c.Type.IsText() }) {
		return inOrder, nil
	}
	var bytewise bool
	if err := conn.QueryRow(ctx, bytewiseSQL).Scan(&bytewise); err != nil {
		return "", fmt.Errorf("look for how the database compares texts: %w", err)
	}
	if !bytewise {
		return asPlanned, nil
	}
	return inOrder, nil
}

// joinedSome is how so many rows that differ are joined with all rows by the key.
func joinedSome(ctx context.Context, conn *pgx.Conn, l layout.Layout, differ, rows int64) (string, error) {
	if differ <= rows/fewLookups {
		return oneByOne, nil
	}
	return joinedAll(ctx, conn, l)
}
