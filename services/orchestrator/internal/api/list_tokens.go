package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/page"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// ListTokens returns tokens, the newest first, without their secrets.
func (s *Server) ListTokens(ctx context.Context, req *orchestratorv1.ListTokensRequest) (*orchestratorv1.ListTokensResponse, error) {
	below, err := key(req.GetPageToken(), tokenKey)
	if err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize())
	tokens, err := s.store.ListTokens(ctx, below, req.GetEnded(), size+1)
	if err != nil {
		return nil, err
	}
	tokens, next := page.Cut(tokens, size, tokenID)
	resp := &orchestratorv1.ListTokensResponse{}
	for _, t := range tokens {
		resp.Tokens = append(resp.Tokens, tokenMessage(t))
	}
	resp.Tokens, resp.NextPageToken = page.Fit(resp.GetTokens(), tokens, next, tokenID)
	return resp, nil
}
