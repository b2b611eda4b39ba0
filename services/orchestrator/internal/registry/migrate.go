package registry

import (
	"context"
	"errors"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Yard knows the datasets, and whether runs are at work on them.
type Yard interface {
	Dataset(ctx context.Context, name string) (*store.Version, error)
	Idle(ctx context.Context, dataset string) (fence.Fence, error)
}

// Rewriter changes the tables of a dataset.
type Rewriter interface {
	Migrate(ctx context.Context, f fence.Fence, d *datasetv1.Dataset, requestedBy string, lookOnly bool) ([]*stepv1.AlteredRelation, error)
}

// Migration asks for tables to be rewritten to what the current version declares.
type Migration struct {
	Dataset     string
	LookOnly    bool
	RequestedBy string
}

// Migrate rewrites tables while no run is at work on the dataset. A run that begins
// meanwhile goes first: what is not committed then is rolled back.
// Errors: DATASET_NOT_FOUND, DATASET_IN_USE, FENCE_LOST.
func Migrate(ctx context.Context, s Yard, w Rewriter, m Migration) ([]*stepv1.AlteredRelation, error) {
	v, err := s.Dataset(ctx, m.Dataset)
	if err != nil {
		return nil, err
	}
	f, err := s.Idle(ctx, m.Dataset)
	var busy *store.BusyError
	if errors.As(err, &busy) {
		return nil, problem.New(problem.DatasetInUse,
			"dataset %s was not migrated: run %s is under way; wait for its end, or cancel it with `sfctl run cancel %s`", m.Dataset, busy.Run, busy.Run).
			With("dataset", m.Dataset).With("run", busy.Run)
	}
	if err != nil {
		return nil, err
	}
	return w.Migrate(ctx, f, v.Content, m.RequestedBy, m.LookOnly)
}
