package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/registry"
)

// MigrateDataset rewrites tables to what the current version of a dataset declares.
func (s *Server) MigrateDataset(ctx context.Context, req *orchestratorv1.MigrateDatasetRequest) (*orchestratorv1.MigrateDatasetResponse, error) {
	altered, err := registry.Migrate(ctx, s.store, s.look, s.services, registry.Migration{
		Dataset: req.GetDataset(), LookOnly: req.GetLookOnly(), Confirmed: req.GetConfirm(), RequestedBy: req.GetRequestedBy(),
	})
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.MigrateDatasetResponse{Altered: altered, Done: req.GetConfirm() && !req.GetLookOnly()}, nil
}
