package departure

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Lost is what other hands took out of the rows that a delivery is compared with. Whose keys
// those rows had nobody knows any more.
type Lost struct {
	// Rows that are gone, of those that had not departed.
	Rows int64
	// Missing is how many of them the delivery cannot have brought back, whichever of its new
	// keys and of its rejected ones are theirs.
	Missing int64
}

// Lost counts the rows that before should have and lacks. Where it is not known which of them
// had departed already, nothing is lost.
func (b *Before) Lost(ctx context.Context, q postgres.Querier, dataset string, t *declared.Table, candidate relation.Relation, r Rejected) (Lost, error) {
	if !b.History && !b.Ledger {
		return Lost{}, nil
	}
	args := []any{pgx.QueryExecModeExec, dataset, t.Name, b.Ledger}
	if b.History {
		args = append(args, b.AsOf)
	}
	d := b.departing(t, candidate)
	var standing, departed, fresh int64
	if err := q.QueryRow(ctx, d.Standing(), args...).Scan(&standing, &departed); err != nil {
		return Lost{}, fmt.Errorf("count the rows that stand of %s: %w", t.Name, err)
	}
	l := Lost{Rows: max(b.left-departed-standing, 0)}
	if l.Rows == 0 {
		return l, nil
	}
	if err := q.QueryRow(ctx, d.New(), args...).Scan(&fresh); err != nil {
		return Lost{}, fmt.Errorf("count the keys that are new to %s: %w", t.Name, err)
	}
	l.Missing = max(l.Rows-fresh-int64(len(r.Keys))-r.Unknown, 0)
	return l, nil
}

// SayLost says what was lost, for people.
func (b *Before) SayLost(t *declared.Table, l Lost) string {
	where := t.Live.String()
	if b.History {
		where = "the snapshot " + b.From.String() + " of " + b.AsOf
	}
	return fmt.Sprintf("%s has lost %s that it was left with: other hands took them out, and nobody knows which keys they had, so that new keys of %s are taken for theirs",
		where, prose.Count(l.Rows, "row"), t.File)
}
