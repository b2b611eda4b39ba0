package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// GetTrainingSet returns a training set that was built.
func (s *Server) GetTrainingSet(ctx context.Context, req *snapshotv1.GetTrainingSetRequest) (*snapshotv1.GetTrainingSetResponse, error) {
	kept, err := s.trainingSet(ctx, req.GetTrainingSet())
	if err != nil {
		return nil, err
	}
	built, err := s.trainingMessageOf(ctx, kept)
	if err != nil {
		return nil, err
	}
	return &snapshotv1.GetTrainingSetResponse{TrainingSet: built}, nil
}

// trainingSet finds what was built by a part of its identifier.
func (s *Server) trainingSet(ctx context.Context, part string) (store.TrainingSet, error) {
	found, err := store.TrainingSetsLike(ctx, s.pool, ident.Pattern(ident.Training, part), ident.Named)
	if err != nil {
		return store.TrainingSet{}, postgres.Problem(err)
	}
	return ident.Only("training set", part, found, func(t store.TrainingSet) string { return t.ID },
		problem.New(problem.TrainingSetNotFound, "expected the identifier of a training set that was built, or a part of one, found %q", part))
}

// recipe is that of a training set that was built.
func (s *Server) recipe(ctx context.Context, part string) (*trainingset.Recipe, error) {
	kept, err := s.trainingSet(ctx, part)
	if err != nil {
		return nil, err
	}
	return trainingset.Parse(kept.Manifest)
}
