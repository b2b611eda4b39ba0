package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/registry"
)

// DeleteDataset takes a dataset out of the registry.
func (s *Server) DeleteDataset(ctx context.Context, req *orchestratorv1.DeleteDatasetRequest) (*orchestratorv1.DeleteDatasetResponse, error) {
	deleted, err := registry.Delete(ctx, s.store, s.look, registry.Order{
		Dataset: req.GetDataset(), KeepTables: req.GetKeepTables(), RequestedBy: req.GetRequestedBy(),
	})
	if err != nil {
		return nil, err
	}
	resp := &orchestratorv1.DeleteDatasetResponse{Version: deleted.Version, NeverPublished: deleted.NeverPublished}
	for _, t := range deleted.Freed {
		resp.Tables = append(resp.Tables, t.Proto())
	}
	return resp, nil
}
