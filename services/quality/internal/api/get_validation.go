package api

import (
	"context"
	"errors"

	"github.com/streamflow/streamflow/platform/problem"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

// GetValidation returns one validation by its identifier or any unique part of it.
func (s *Server) GetValidation(ctx context.Context, req *qualityv1.GetValidationRequest) (*qualityv1.GetValidationResponse, error) {
	v, err := s.store.Find(ctx, req.GetValidation())
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.Wrap(err, problem.ValidationNotFound,
			"no validation has the identifier %s; the run that made one names it", req.GetValidation()).
			With("validation", req.GetValidation())
	}
	if err != nil {
		return nil, err
	}
	return &qualityv1.GetValidationResponse{Validation: v}, nil
}
