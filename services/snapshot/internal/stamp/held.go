package stamp

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
)

// compared is a copy of what was stamped, and what differs from it.
type compared struct {
	kept        relation.Relation
	differences relation.Relation
	// stamped are the rows of kept as SQL, with all columns of the layout.
	stamped string
}

// held says in words how the rows that are kept are not what was stamped; nothing where
// they are.
func (r restating) held(ctx context.Context, conn *pgx.Conn, with compared, delivered digest.Sum, differ int64) (string, error) {
	sum, err := r.keptSum(ctx, conn, with, delivered, differ)
	if err != nil || sum.Hash == r.stamped.ContentHash {
		return "", err
	}
	return fmt.Sprintf("its partition %s did not hold what was stamped; what it held is kept as revision %d", r.stamped.Partition, r.stamped.Revision), nil
}

// keptSum is the sum of the rows that are kept. The sum of a content is one over its rows,
// and equal rows count equally: where few differ, it is told from what was delivered by
// those that differ, and the others are not read again.
func (r restating) keptSum(ctx context.Context, conn *pgx.Conn, with compared, delivered digest.Sum, differ int64) (digest.Sum, error) {
	then, _ := r.layout.Stamped(r.stamped.Columns)
	columns := then.Columns()
	if differ > delivered.Rows/2 || !slices.Equal(columns, hashed(r.layout, r.target).Columns()) {
		return digest.Of(ctx, conn, with.kept, columns)
	}
	came, err := digest.OfRows(ctx, conn, cameRows(with.differences), columns)
	if err != nil {
		return digest.Sum{}, err
	}
	went, err := digest.OfRows(ctx, conn, wentRows(r.layout, with.differences, with.stamped), columns)
	if err != nil {
		return digest.Sum{}, err
	}
	return delivered.Changed(came, went)
}
