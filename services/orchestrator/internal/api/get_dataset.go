package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// GetDataset returns one version of a dataset, the current one unless another is named.
func (s *Server) GetDataset(ctx context.Context, req *orchestratorv1.GetDatasetRequest) (*orchestratorv1.GetDatasetResponse, error) {
	var v *store.Version
	var err error
	if req.GetVersion() == "" {
		v, err = s.store.Dataset(ctx, req.GetDataset())
	} else {
		v, err = s.store.DatasetVersion(ctx, req.GetDataset(), req.GetVersion())
	}
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.GetDatasetResponse{Version: versionMessage(v)}, nil
}
