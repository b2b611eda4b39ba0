package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/registry"
)

// DiffDataset returns what differs between two versions of a dataset.
func (s *Server) DiffDataset(ctx context.Context, req *orchestratorv1.DiffDatasetRequest) (*orchestratorv1.DiffDatasetResponse, error) {
	d, err := registry.Compare(ctx, s.store, s.look, req.GetDataset(), req.GetFrom(), req.GetTo())
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.DiffDatasetResponse{From: d.From, To: d.To, Changes: changeMessages(d.Changes), NextRun: d.NextRun, Warnings: d.Warnings}, nil
}
