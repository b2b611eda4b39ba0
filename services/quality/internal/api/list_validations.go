package api

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
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
	if asOf := req.GetAsOf(); asOf != "" {
		if _, err := dataset.ParseAsOf(asOf); err != nil {
			return nil, problem.New(problem.InvalidRequest, "as_of: %v", err).Violate("as_of", "%v", err)
		}
	}
	size := page.Size(req.GetPageSize())
	found, err := s.store.List(ctx, store.Filter{
		Dataset: req.GetDataset(), Batch: req.GetBatch(), AsOf: req.GetAsOf(), Before: before, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	validations, next := page.Cut(found, size, (*qualityv1.Validation).GetId)
	validations, next = page.Fit(validations, validations, next, (*qualityv1.Validation).GetId)
	return &qualityv1.ListValidationsResponse{Validations: validations, NextPageToken: next}, nil
}
