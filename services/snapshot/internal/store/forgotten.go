package store

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/postgres"
)

const forgetSQL = `
insert into sf_snapshot.training_set_forgotten (training_set, reason, forgotten_by) values ($1, $2, $3)
on conflict (training_set) do nothing`

// Forget gives up the dates of a training set. What was forgotten stays as it was.
func Forget(ctx context.Context, q postgres.Querier, id string, f Forgotten) error {
	if _, err := q.Exec(ctx, forgetSQL, id, f.Reason, f.By); err != nil {
		return fmt.Errorf("forget training set %s: %w", id, err)
	}
	return nil
}
