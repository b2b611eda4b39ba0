package api

import (
	"context"
	"regexp"

	"github.com/streamflow/streamflow/platform/page"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// datasetKey is the shape of a dataset's name, by which datasets are listed.
var datasetKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// ListDatasets returns the current version of every dataset that the caller may see, by name.
func (s *Server) ListDatasets(ctx context.Context, req *orchestratorv1.ListDatasetsRequest) (*orchestratorv1.ListDatasetsResponse, error) {
	after, err := key(req.GetPageToken(), datasetKey)
	if err != nil {
		return nil, err
	}
	only, err := granted(ctx)
	if err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize())
	versions, err := s.store.ListDatasets(ctx, after, only, size+1)
	if err != nil {
		return nil, err
	}
	versions, next := page.Cut(versions, size, datasetName)
	resp := &orchestratorv1.ListDatasetsResponse{NextPageToken: next}
	for _, v := range versions {
		resp.Versions = append(resp.Versions, versionMessage(v))
	}
	resp.Versions, resp.NextPageToken = page.Fit(resp.GetVersions(), versions, next, datasetName)
	return resp, nil
}

func datasetName(v *store.Version) string { return v.Content.GetName() }
