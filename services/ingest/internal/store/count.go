package store

import (
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// checkCounts breaks the transaction that would record a count below zero: it is the
// result of a subtraction whose parts do not belong together, so that what was written
// is not what is counted.
func checkCounts(b *ingestv1.Batch) error {
	for _, c := range b.GetCounts() {
		for _, n := range []struct {
			name  string
			count int64
		}{
			{"rows", c.GetRows()}, {"inserted", c.GetInserted()}, {"updated", c.GetUpdated()}, {"unchanged", c.GetUnchanged()},
			{"departed", c.GetDeparted()}, {"deleted", c.GetDeleted()}, {"rejected", c.GetRejected()}, {"bytes", c.GetBytes()},
			{"returned", c.GetReturned()}, {"withdrawn", c.GetWithdrawn()},
		} {
			if n.count < 0 {
				return problem.New(problem.Internal,
					"batch %s, table %s: expected no count below zero, found %s %d; nothing was written", b.GetId(), c.GetTable(), n.name, n.count).
					With("batch", b.GetId()).With("table", c.GetTable())
			}
		}
	}
	return nil
}
