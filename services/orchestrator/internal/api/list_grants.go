package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/page"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// ListGrants returns grants: those of the file on the first page, and the others, the newest
// first.
func (s *Server) ListGrants(ctx context.Context, req *orchestratorv1.ListGrantsRequest) (*orchestratorv1.ListGrantsResponse, error) {
	below, err := key(req.GetPageToken(), grantKey)
	if err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize())
	grants, err := s.store.ListGrants(ctx, below, req.GetEnded(), size+1)
	if err != nil {
		return nil, err
	}
	grants, next := page.Cut(grants, size, grantID)
	resp := &orchestratorv1.ListGrantsResponse{}
	for _, g := range grants {
		resp.Grants = append(resp.Grants, grantMessage(g))
	}
	resp.Grants, resp.NextPageToken = page.Fit(resp.GetGrants(), grants, next, grantID)
	if below == "" {
		resp.Grants = append(s.inFile(), resp.GetGrants()...)
	}
	return resp, nil
}
