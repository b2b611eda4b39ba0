package step

import (
	"context"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/ident"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Migrate rewrites what has to be in live and history, outside of any run. What was done
// before an error stands, and is returned with it.
func (s *Services) Migrate(ctx context.Context, f fence.Fence, d *datasetv1.Dataset, requestedBy string, lookOnly bool) ([]*stepv1.AlteredRelation, error) {
	// No run has this identifier: it is only there to be found in the logs of the services.
	sc := &stepv1.StepContext{Run: ident.New(ident.Run), Fence: f.Proto(), RequestedBy: requestedBy}
	live, err := s.ingest.Expand(ctx, &ingestv1.ExpandRequest{Context: sc, Dataset: d, Rewrite: true, LookOnly: lookOnly})
	if err != nil || len(d.GetSnapshots()) == 0 {
		return live.GetAltered(), err
	}
	history, err := s.snapshot.Expand(ctx, &snapshotv1.ExpandRequest{Context: sc, Dataset: d, Rewrite: true, LookOnly: lookOnly})
	return append(live.GetAltered(), history.GetAltered()...), err
}
