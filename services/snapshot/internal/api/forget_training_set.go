package api

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// ForgetTrainingSet lets retention drop the dates that a training set stands on.
func (s *Server) ForgetTrainingSet(ctx context.Context, req *snapshotv1.ForgetTrainingSetRequest) (*snapshotv1.ForgetTrainingSetResponse, error) {
	if strings.ContainsRune(req.GetReason()+req.GetRequestedBy(), 0) {
		return nil, invalid("reason", "expected text, found a NUL character in it")
	}
	kept, err := s.trainingSet(ctx, req.GetTrainingSet())
	if err != nil {
		return nil, err
	}
	if err := store.Forget(ctx, s.pool, kept.ID, store.Forgotten{Reason: strings.TrimSpace(req.GetReason()), By: req.GetRequestedBy()}); err != nil {
		return nil, postgres.Problem(err)
	}
	if kept, err = s.trainingSet(ctx, kept.ID); err != nil {
		return nil, err
	}
	built, err := s.trainingMessageOf(ctx, kept)
	return &snapshotv1.ForgetTrainingSetResponse{TrainingSet: built}, err
}
