package departure

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// MaxKeys is how many keys a finding lists.
const MaxKeys = 20

// Rejected are the keys of rows that were delivered and did not fit: they have not
// departed.
type Rejected struct {
	// Keys has the values of each key as texts, in the order of the key's columns.
	Keys [][]string
	// Unknown is how many rejected rows have a key that nobody can read: each may be
	// anybody's.
	Unknown int64
}

// columns turns the keys into one array for each column of the key.
func (r Rejected) columns(width int) []any {
	out := make([]any, width)
	for i := range width {
		column := make([]string, len(r.Keys))
		for j, k := range r.Keys {
			column[j] = k[i]
		}
		out[i] = column
	}
	return out
}

// Count counts the keys of before that depart with the candidate: new departures, which
// are neither in it, nor among the rejected, nor departed already.
func Count(ctx context.Context, q postgres.Querier, dataset string, t *declared.Table, b *Before, candidate relation.Relation, r Rejected) (int64, error) {
	var n int64
	args := append([]any{pgx.QueryExecModeExec}, b.args(dataset, t, r)...)
	if err := q.QueryRow(ctx, b.departing(t, candidate).Count(), args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the keys that depart from %s: %w", t.Name, err)
	}
	if !b.Ledger && !b.History {
		n -= b.Absent // how many departed before is known, and which did not return
	}
	return max(n-r.Unknown, 0), nil
}

// List returns the first keys that Count counts; where the ledger does not name those
// that departed before, they are among them.
func List(ctx context.Context, q postgres.Querier, dataset string, t *declared.Table, b *Before, candidate relation.Relation, r Rejected) ([][]string, error) {
	args := append([]any{pgx.QueryExecModeExec}, b.args(dataset, t, r)...)
	rows, err := q.Query(ctx, b.departing(t, candidate).List(), append(args, MaxKeys)...)
	if err == nil {
		var keys [][]string
		if keys, err = pgx.CollectRows(rows, pgx.RowTo[[]string]); err == nil {
			return keys, nil
		}
	}
	return nil, fmt.Errorf("list the keys that depart from %s: %w", t.Name, err)
}

func (b *Before) args(dataset string, t *declared.Table, r Rejected) []any {
	args := []any{dataset, t.Name, b.Ledger}
	if b.History {
		args = append(args, b.AsOf)
	}
	return append(args, r.columns(len(t.Key))...)
}

// Over says whether n departures are a larger share of what was delivered before than
// the limit. The quotient of two counts is the number that people wrote; a product is not.
func (b *Before) Over(n int64, limit float64) bool {
	return n > 0 && limit < 1 && b.share(n) > limit
}

func (b *Before) share(n int64) float64 { return float64(n) / float64(max(b.Rows, 1)) }
