// Package digest hashes the content of a snapshot, independent of the order of its
// rows: equal content gives an equal hash whichever table it stands in, a candidate
// or a partition. docs/reference/content-hash.md gives the same SQL to anyone; a
// test runs what the page says.
package digest

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Settings make every value text in one form only, for the transaction in which the
// hash is taken.
const Settings = `set local datestyle = 'ISO, YMD'; set local timezone = 'UTC'; set local extra_float_digits = 1`

// Sum is the number of rows of a content, and its hash.
type Sum struct {
	Rows int64
	Hash string
}

// Of hashes the columns of a relation, in the given order, in one pass. The caller
// has applied Settings to the transaction.
func Of(ctx context.Context, conn *pgx.Conn, from relation.Relation, columns []layout.Column) (Sum, error) {
	return OfRows(ctx, conn, from.SQL(), columns)
}

// OfRows hashes rows that are given as SQL, as Of does those of a relation.
func OfRows(ctx context.Context, conn *pgx.Conn, from string, columns []layout.Column) (Sum, error) {
	var s Sum
	if err := conn.QueryRow(ctx, SQL(from, columns), pgx.QueryExecModeExec).Scan(&s.Rows, &s.Hash); err != nil {
		return Sum{}, fmt.Errorf("hash %s: %w", from, err)
	}
	return s, nil
}

// OfSome counts rows that are given as SQL, and hashes those of them that meet a condition,
// in one pass.
func OfSome(ctx context.Context, conn *pgx.Conn, from, where string, columns []layout.Column) (all int64, some Sum, err error) {
	filter := " filter (where " + where + ")"
	sql := "select count(*), count(*)" + filter + ", 'h1:' || count(*)" + filter + " || ':' || coalesce(sum(" + rowHash(columns) + ")" + filter + ", 0)\nfrom " + from
	if err := conn.QueryRow(ctx, sql, pgx.QueryExecModeExec).Scan(&all, &some.Rows, &some.Hash); err != nil {
		return 0, Sum{}, fmt.Errorf("hash some rows of %s: %w", from, err)
	}
	return all, some, nil
}

// SQL is the query that hashes: the number of rows, then h1:<rows>:<sum>, the sum of
// PostgreSQL's own 64-bit hash of each row's text. A row counts as often as it
// stands there. Its text tells NULL from the empty string, and quotes what needs it.
func SQL(from string, columns []layout.Column) string {
	return "select count(*), 'h1:' || count(*) || ':' || " +
		"coalesce(sum(" + rowHash(columns) + "), 0)\n" +
		"from " + from
}

func rowHash(columns []layout.Column) string {
	values := make([]string, len(columns))
	for i, c := range columns {
		values[i] = canonical(c)
	}
	return "hashtextextended(row(" + strings.Join(values, ", ") + ")::text, 0)"
}

// Changed is the sum of a content of which rows are taken away, and to which others are
// added, given the sums of both: that of a content is one over its rows.
func (s Sum) Changed(taken, added Sum) (Sum, error) {
	total := new(big.Int)
	for _, part := range []struct {
		sum  Sum
		with func(z, x, y *big.Int) *big.Int
	}{{s, (*big.Int).Add}, {taken, (*big.Int).Sub}, {added, (*big.Int).Add}} {
		n, ok := new(big.Int).SetString(strings.TrimPrefix(part.sum.Hash, fmt.Sprintf("h1:%d:", part.sum.Rows)), 10)
		if !ok {
			return Sum{}, fmt.Errorf("hash of %d rows: expected h1:<rows>:<sum>, found %q", part.sum.Rows, part.sum.Hash)
		}
		part.with(total, total, n)
	}
	rows := s.Rows - taken.Rows + added.Rows
	return Sum{Rows: rows, Hash: fmt.Sprintf("h1:%d:%s", rows, total)}, nil
}
