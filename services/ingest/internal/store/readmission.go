package store

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/postgres"
)

// Readmission is who took erased keys of a table back, and why.
type Readmission struct {
	Dataset, Table string
	// Keys is how many.
	Keys                int64
	RequestedBy, Reason string
}

// RecordReadmission records it, in the transaction that takes them back.
func RecordReadmission(ctx context.Context, q postgres.Querier, r Readmission) error {
	if _, err := q.Exec(ctx, "insert into sf_ingest.readmission (dataset, table_name, keys, requested_by, reason) values ($1, $2, $3, $4, $5)",
		r.Dataset, r.Table, r.Keys, r.RequestedBy, r.Reason); err != nil {
		return fmt.Errorf("record that keys of %s were taken back: %w", r.Table, err)
	}
	return nil
}
