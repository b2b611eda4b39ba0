package stage

import (
	"context"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// standing returns the batch where an earlier call has staged it and all of it still
// stands; nil where it is to be staged, for the first time or again.
func (s *Stager) standing(ctx context.Context, req Request) (*ingestv1.Batch, error) {
	b, err := store.Find(ctx, s.Pool, req.Batch)
	if b == nil || err != nil {
		return nil, err
	}
	if b.GetDataset() != req.Dataset.Name || b.GetAsOf() != req.AsOf || b.GetSource() != req.Source {
		return nil, problem.New(problem.InvalidRequest,
			"batch %s is of dataset %s, as of %s, from %s, and cannot be staged as anything else", b.GetId(), b.GetDataset(), b.GetAsOf(), b.GetSource()).
			Violate("batch", "belongs to another delivery")
	}
	switch b.GetState() {
	case ingestv1.BatchState_BATCH_STATE_PUBLISHED, ingestv1.BatchState_BATCH_STATE_BACKFILLED:
		return b, nil
	case ingestv1.BatchState_BATCH_STATE_DISCARDED:
		return nil, problem.New(problem.BatchRejected, "batch %s was discarded", b.GetId()).With("batch", b.GetId())
	case ingestv1.BatchState_BATCH_STATE_STAGED, ingestv1.BatchState_BATCH_STATE_REJECTED:
		return s.intact(ctx, req, b)
	default:
		return nil, nil //nolint:nilnil // cut off while staging: it begins anew
	}
}

// intact returns the batch where its staging is whole.
func (s *Stager) intact(ctx context.Context, req Request, b *ingestv1.Batch) (*ingestv1.Batch, error) {
	if b.GetDatasetVersion() != req.Version {
		return nil, nil //nolint:nilnil // staged under another declaration
	}
	if !req.sameBases(b) {
		return nil, nil //nolint:nilnil // what it was laid over is another by now
	}
	if b.GetSameAs() != "" {
		last, err := store.LastPublished(ctx, s.Pool, b.GetDataset(), b.GetAsOf())
		if err != nil || req.Force || last.GetId() != b.GetSameAs() {
			return nil, err
		}
		if stands, err := s.liveStands(ctx, req); !stands || err != nil {
			return nil, err
		}
		return b, nil
	}
	err := candidate.Verify(ctx, s.Pool, b.GetId(), b.GetTables())
	if problem.Is(err, problem.StagingLost) {
		return nil, nil //nolint:nilnil // it is staged again
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// critical says whether any finding stops the batch.
func critical(findings []*stepv1.Finding) bool {
	for _, f := range findings {
		if f.GetSeverity() == datasetv1.Severity_SEVERITY_CRITICAL {
			return true
		}
	}
	return false
}
