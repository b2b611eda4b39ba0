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
	v, err := s.find(ctx, req.GetValidation())
	if err != nil {
		return nil, err
	}
	return &qualityv1.GetValidationResponse{Validation: v}, nil
}

// find is the validation that an identifier stands for, or a part of one. Errors:
// VALIDATION_NOT_FOUND, AMBIGUOUS_ID.
func (s *Server) find(ctx context.Context, id string) (*qualityv1.Validation, error) {
	v, err := s.store.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.Wrap(err, problem.ValidationNotFound,
			"no validation has the identifier %s; the run that made one names it", id).
			With("validation", id)
	}
	return v, err
}
