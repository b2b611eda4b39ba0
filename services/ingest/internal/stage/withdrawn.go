package stage

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/bringing"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// sayNotWithdrawn adds a notice to a correction of what live holds, that names the tables
// of which nobody knows which keys only superseded deliveries brought.
func (w *work) sayNotWithdrawn(ctx context.Context, deliveries []*delivery) error {
	if !w.req.Supersede {
		return nil
	}
	watermark, err := store.Watermark(ctx, w.Pool, w.req.Dataset.Name)
	if err != nil || watermark != w.req.AsOf {
		return err
	}
	var tables []string
	for _, d := range deliveries {
		if d.candidate() == nil {
			continue
		}
		before, err := store.LastDelivered(ctx, w.Pool, w.req.Dataset.Name, d.table.Name)
		if err != nil {
			return err
		}
		if before == nil {
			continue // it is made by this publish
		}
		last, err := store.BroughtInto(ctx, w.Pool, w.req.Dataset.Name, d.table.Name)
		if err != nil {
			return err
		}
		open, err := d.names.Open(ctx, w.Pool, d.table.Live)
		if err != nil {
			return err
		}
		if now, _ := bringing.Now(last, w.req.AsOf, watermark, open.AllBefore(d.table.Key)); now.Extent == store.Unknown {
			tables = append(tables, d.table.Name)
		}
	}
	if len(tables) == 0 {
		return nil
	}
	w.batch.Findings = append(w.batch.Findings, &stepv1.Finding{
		Reason: string(problem.WithdrawalsUnknown), Severity: datasetv1.Severity_SEVERITY_INFO, Count: int64(len(tables)),
		Message: fmt.Sprintf("which keys %s brought into %s was not recorded when it was published: those that the correction lacks depart as any other, and none is withdrawn",
			w.req.AsOf, few(tables)),
		Action: "Where rows are left that only the superseded delivery had, delete them by hand; from the next as_of on they are withdrawn.",
	})
	return nil
}
