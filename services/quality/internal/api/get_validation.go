package api

import (
	"context"

	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// GetValidation returns one validation by its identifier or a unique beginning of it.
func (s *Server) GetValidation(ctx context.Context, req *qualityv1.GetValidationRequest) (*qualityv1.GetValidationResponse, error) {
	v, err := s.store.Find(ctx, req.GetValidation())
	if err != nil {
		return nil, reason(err, req.GetValidation())
	}
	return &qualityv1.GetValidationResponse{Validation: v}, nil
}
