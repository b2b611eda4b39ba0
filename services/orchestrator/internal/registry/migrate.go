package registry

import (
	"context"
	"errors"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Yard knows the datasets, and whether runs are at work on them.
type Yard interface {
	Dataset(ctx context.Context, name string) (*store.Version, error)
	Idle(ctx context.Context, dataset string) (fence.Fence, error)
	Lower(ctx context.Context, f fence.Fence) error
}

// Rewriter changes the tables of a dataset.
type Rewriter interface {
	Migrate(ctx context.Context, f fence.Fence, d *datasetv1.Dataset, requestedBy string, lookOnly bool) ([]*stepv1.AlteredRelation, error)
}

// Migration asks for tables to be rewritten to what the current version declares.
type Migration struct {
	Dataset     string
	LookOnly    bool
	Confirmed   bool
	RequestedBy string
}

// Migrate rewrites tables while no run is at work on the dataset. A run that begins
// meanwhile goes first: what is not committed then is rolled back. Nothing is rewritten
// while one of the tables differs in what a person has to mend, as by a view that hangs
// on a column: that table would be left out, and live and history would part. Nor is
// anything unless it was confirmed: what was not is refused with what it would lock.
// Errors: INVALID_REQUEST, DATASET_NOT_FOUND, DATASET_IN_USE, DATASET_REFUSED, FENCE_LOST.
func Migrate(ctx context.Context, s Yard, look Surveyor, w Rewriter, m Migration) ([]*stepv1.AlteredRelation, error) {
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
	defer func() { _ = s.Lower(context.WithoutCancel(ctx), f) }() // or whoever comes next raises it
	if err := unblocked(look.Survey(ctx, v.Content, nil), v.Content); err != nil {
		return nil, err
	}
	if m.Confirmed && !m.LookOnly {
		return w.Migrate(ctx, f, v.Content, m.RequestedBy, false)
	}
	would, err := w.Migrate(ctx, f, v.Content, m.RequestedBy, true)
	estimate(would)
	if err == nil && !m.LookOnly && len(would) > 0 {
		return nil, unconfirmed(m.Dataset, would)
	}
	return would, err
}

// unblocked refuses a migration with everything that a person has to mend before it, and
// one of which that could not be seen.
func unblocked(found step.Survey, d *datasetv1.Dataset) error {
	name := d.GetName()
	if len(found.Unseen) > 0 {
		return problem.Wrap(found.Unseen[0], problem.ServiceUnavailable,
			"dataset %s was not migrated: whether something is in the way could not be seen: %s",
			name, problem.FromError(found.Unseen[0]).Message).With("dataset", name)
	}
	var all []problem.Violation
	for _, check := range found.All() {
		all = append(all, violations(relation.Of(check.GetRelation()), check.GetDifferences())...)
	}
	for _, p := range step.PartedOf(d, found.Tables, found.Snapshots) {
		all = append(all, problem.Violation{Subject: p.History.String(), Description: p.String()})
	}
	if len(all) == 0 {
		return nil
	}
	p := problem.New(problem.DatasetRefused, "dataset %s was not migrated, and no table of it was changed: %s",
		name, toMend(all)).With("dataset", name)
	p.Violations = all
	return p
}
