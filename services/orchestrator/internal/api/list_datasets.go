package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// ListDatasets returns the current version of every dataset, by name.
func (s *Server) ListDatasets(ctx context.Context, req *orchestratorv1.ListDatasetsRequest) (*orchestratorv1.ListDatasetsResponse, error) {
	after, err := key(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	versions, err := s.store.ListDatasets(ctx, after, size+1)
	if err != nil {
		return nil, err
	}
	more := len(versions) > size
	versions = versions[:min(size, len(versions))]
	resp := &orchestratorv1.ListDatasetsResponse{}
	for _, v := range versions {
		resp.Versions = append(resp.Versions, versionMessage(v))
	}
	if more {
		resp.NextPageToken = token(versions[size-1].Content.GetName(), more)
	}
	return resp, nil
}
