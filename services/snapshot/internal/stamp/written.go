package stamp

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// endedBefore is a transaction before which all have ended.
func endedBefore(ctx context.Context, conn *pgx.Conn) (int64, error) {
	var xact int64
	err := conn.QueryRow(ctx, "select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::bigint").Scan(&xact)
	if err != nil {
		return 0, fmt.Errorf("look for the transactions that have not ended: %w", err)
	}
	return xact, nil
}

// sumNow is the sum of a partition into which the differences were written. Where few differ,
// only the rows that were written since the copy was made are hashed.
func (v verdict) sumNow(ctx context.Context, conn *pgx.Conn, columns []layout.Column) (digest.Sum, error) {
	if v.few() {
		if right, err := v.onlyDiffers(ctx, conn, columns); right || err != nil {
			return digest.Sum{Rows: v.prepared.Rows, Hash: v.prepared.ContentHash}, err
		}
	}
	return digest.Of(ctx, conn, v.stamped.Partition, columns)
}

// few says that rows came, and that most stay as they are and were found right.
func (v verdict) few() bool {
	p := v.prepared
	came := p.Restated.Added + p.Restated.Changed
	return p.KeptXact > 0 && came > 0 && came <= p.Rows/2
}

// onlyDiffers says whether a partition holds what was delivered: as many rows, and of those
// that were written since its rows were copied exactly the ones that came. All others are in
// the copy then, and as many are gone as differ; those of the keys that differ were deleted
// or written anew, so that no others are. The copy without those and with what came is what
// was delivered: their sums were found to add up. Nobody else writes to the partition.
func (v verdict) onlyDiffers(ctx context.Context, conn *pgx.Conn, columns []layout.Column) (bool, error) {
	near, err := isNear(ctx, conn, v.prepared.KeptXact)
	if err != nil || !near {
		return false, err
	}
	rows, written, err := digest.OfSome(ctx, conn, v.stamped.Partition.SQL(), writtenSince(v.prepared.KeptXact), columns)
	if err != nil || rows != v.prepared.Rows || written.Rows != v.prepared.Restated.Added+v.prepared.Restated.Changed {
		return false, err
	}
	came, err := digest.OfRows(ctx, conn, cameRows(*v.prepared.Partition), columns)
	return came == written, err
}

// isNear says whether a transaction is near enough for rows to be told by whether they were
// written before it: their numbers are used again after four billion, and those of the last
// two billion compare.
func isNear(ctx context.Context, conn *pgx.Conn, xact int64) (near bool, err error) {
	const sql = "select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint - $1 < 2147483648"
	if err := conn.QueryRow(ctx, sql, pgx.QueryExecModeExec, xact).Scan(&near); err != nil {
		return false, fmt.Errorf("look for how many transactions there were: %w", err)
	}
	return near, nil
}

// writtenSince is the condition that a transaction or a later one wrote a row. A row has the
// lower half of its transaction's number, of which the first three are none.
func writtenSince(xact int64) string {
	short := strconv.FormatInt(max(xact&0xffffffff, 3), 10)
	return "pg_catalog.age(xmin) <= pg_catalog.age('" + short + "'::pg_catalog.xid)"
}
