package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// Revise has fn change what the validations of a dataset list of rows, and writes those anew
// of which it says that anything changed, unless lookOnly. It returns how much did in all.
func Revise(ctx context.Context, q postgres.Querier, dataset string, lookOnly bool, fn func(*qualityv1.Validation) int) (n int64, err error) {
	rows, err := q.Query(ctx, "select id from sf_quality.validation where dataset = $1 order by id", dataset)
	if err != nil {
		return 0, fmt.Errorf("list the validations of %s: %w", dataset, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("list the validations of %s: %w", dataset, err)
	}
	for _, id := range ids { // one after the other: together they may be more than fits
		changed, err := revise(ctx, q, id, lookOnly, fn)
		if err != nil {
			return n, err
		}
		n += int64(changed)
	}
	return n, nil
}

func revise(ctx context.Context, q postgres.Querier, id string, lookOnly bool, fn func(*qualityv1.Validation) int) (int, error) {
	rows, err := q.Query(ctx, getSQL, id)
	if err != nil {
		return 0, fmt.Errorf("get validation %s: %w", id, err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, scan)
	if err != nil {
		return 0, fmt.Errorf("get validation %s: %w", id, err)
	}
	changed := fn(v)
	if changed == 0 || lookOnly {
		return changed, nil
	}
	report, err := marshalReport(v)
	if err == nil {
		_, err = q.Exec(ctx, "update sf_quality.validation set report = $2 where id = $1", id, report)
	}
	if err != nil {
		return 0, fmt.Errorf("write the report of validation %s anew: %w", id, err)
	}
	return changed, nil
}
