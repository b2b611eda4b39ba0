package api

import (
	"context"
	"regexp"
	"strconv"

	"github.com/streamflow/streamflow/platform/page"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// applicationKey is the shape of the number by which a dataset's versions are listed.
var applicationKey = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// ListDatasetVersions returns the versions of a dataset, the one applied last first.
func (s *Server) ListDatasetVersions(ctx context.Context, req *orchestratorv1.ListDatasetVersionsRequest) (*orchestratorv1.ListDatasetVersionsResponse, error) {
	after, err := key(req.GetPageToken(), applicationKey)
	if err != nil {
		return nil, err
	}
	below, _ := strconv.ParseInt(after, 10, 64) // digits only, or empty: 0 is the first page
	size := page.Size(req.GetPageSize())
	versions, err := s.store.ListVersions(ctx, req.GetDataset(), below, size+1)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 && below == 0 {
		if _, err := s.store.Dataset(ctx, req.GetDataset()); err != nil {
			return nil, err
		}
	}
	versions, next := page.Cut(versions, size, applicationNumber)
	resp := &orchestratorv1.ListDatasetVersionsResponse{NextPageToken: next}
	for _, v := range versions {
		resp.Versions = append(resp.Versions, versionMessage(v))
	}
	resp.Versions, resp.NextPageToken = page.Fit(resp.GetVersions(), versions, next, applicationNumber)
	return resp, nil
}

func applicationNumber(v *store.Version) string { return strconv.FormatInt(v.Application, 10) }
