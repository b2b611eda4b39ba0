package api

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/page"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

// ListValidations returns a page of the validations of a dataset, newest first.
func (s *Server) ListValidations(ctx context.Context, req *qualityv1.ListValidationsRequest) (*qualityv1.ListValidationsResponse, error) {
	before, err := page.Key(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if before != "" && !strings.HasPrefix(before, ident.Validation+"_") {
		return nil, page.Refuse(req.GetPageToken())
	}
	size := page.Size(req.GetPageSize())
	found, err := s.store.List(ctx, store.Filter{
		Dataset: req.GetDataset(), Batch: req.GetBatch(), Before: before, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	validations, next := page.Cut(found, size, (*qualityv1.Validation).GetId)
	return &qualityv1.ListValidationsResponse{Validations: validations, NextPageToken: next}, nil
}
