package api

import (
	"context"
	"encoding/base64"

	"github.com/streamflow/streamflow/platform/problem"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

// defaultPageSize is how many validations a page holds where the request does not say.
const defaultPageSize = 50

// ListValidations returns a page of the validations of a dataset, newest first.
func (s *Server) ListValidations(ctx context.Context, req *qualityv1.ListValidationsRequest) (*qualityv1.ListValidationsResponse, error) {
	before, err := base64.RawURLEncoding.DecodeString(req.GetPageToken())
	if err != nil {
		return nil, problem.Wrap(err, problem.InvalidRequest,
			"page_token: expected the next_page_token of the page before, found %q", req.GetPageToken()).
			Violate("page_token", "not a token of this service")
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = defaultPageSize
	}
	// One more than the page holds tells whether there is another page.
	found, err := s.store.List(ctx, store.Filter{
		Dataset: req.GetDataset(), Batch: req.GetBatch(), Before: string(before), Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	resp := &qualityv1.ListValidationsResponse{Validations: found}
	if len(found) > size {
		resp.Validations = found[:size]
		resp.NextPageToken = base64.RawURLEncoding.EncodeToString([]byte(found[size-1].GetId()))
	}
	return resp, nil
}
