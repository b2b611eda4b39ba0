package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/registry"
)

// ApplyDataset registers a version of a dataset, or only says what would become of it.
func (s *Server) ApplyDataset(ctx context.Context, req *orchestratorv1.ApplyDatasetRequest) (*orchestratorv1.ApplyDatasetResponse, error) {
	applied, err := registry.Apply(ctx, s.store, s.look, registry.Wanted{Dataset: req.GetDataset(), RequestedBy: req.GetRequestedBy(), DryRun: req.GetDryRun()})
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.ApplyDatasetResponse{
		Version: versionMessage(applied.Version), Unchanged: applied.Unchanged, PreviousVersion: applied.Previous,
		Changes: changeMessages(applied.Changes), NextRun: applied.NextRun, Warnings: applied.Warnings, Notes: applied.Notes,
	}, nil
}
