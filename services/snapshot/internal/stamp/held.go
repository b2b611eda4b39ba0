package stamp

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// compared is a copy of what was stamped, and what differs from it.
type compared struct {
	kept        relation.Relation
	differences relation.Relation
	// stamped are the rows of kept as SQL, with all columns of the layout.
	stamped string
}

// held says in words how the rows that are kept are not what was stamped; nothing where
// they are. proven says that they, what differs and what was delivered were found to add up.
func (r restating) held(ctx context.Context, conn *pgx.Conn, with compared, delivered digest.Sum, differ int64) (found string, proven bool, err error) {
	then, _ := r.layout.Stamped(r.stamped.Columns)
	columns := then.Columns()
	wrong := fmt.Sprintf("its partition %s did not hold what was stamped; what it held is kept as revision %d", r.stamped.Partition, r.stamped.Revision)
	has, err := store.ColumnsOf(ctx, conn, with.kept)
	if err != nil || !holds(has, layout.Names(columns)) {
		return wrong, false, err // somebody dropped a column of it
	}
	few := differ <= delivered.Rows/2 && slices.Equal(columns, hashed(r.layout, r.target).Columns())
	var sum digest.Sum
	if few {
		sum, err = r.keptSum(ctx, conn, with, delivered, columns)
	} else {
		sum, err = digest.Of(ctx, conn, with.kept, columns)
	}
	if err != nil || sum.Hash == r.stamped.ContentHash {
		return "", few, err
	}
	return wrong, false, nil
}

// keptSum is the sum of the rows that are kept, where few differ. The sum of a content is one
// over its rows, and equal rows count equally: it is told from what was delivered by
// those that differ, and the others are not read again.
func (r restating) keptSum(ctx context.Context, conn *pgx.Conn, with compared, delivered digest.Sum, columns []layout.Column) (digest.Sum, error) {
	came, err := digest.OfRows(ctx, conn, cameRows(with.differences), columns)
	if err != nil {
		return digest.Sum{}, err
	}
	if _, err := conn.Exec(ctx, oneByOne); err != nil {
		return digest.Sum{}, fmt.Errorf("set up how rows are looked up: %w", err)
	}
	went, err := digest.OfRows(ctx, conn, wentRows(with.differences, with.stamped), columns)
	if err != nil {
		return digest.Sum{}, err
	}
	if _, err := conn.Exec(ctx, asPlanned); err != nil {
		return digest.Sum{}, fmt.Errorf("set up how tables are joined: %w", err)
	}
	return delivered.Changed(came, went)
}
