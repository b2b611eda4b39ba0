package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// ListAuditSegments returns the checkpoints whose lines retention may remove.
func (s *Server) ListAuditSegments(ctx context.Context, req *orchestratorv1.ListAuditSegmentsRequest) (*orchestratorv1.ListAuditSegmentsResponse, error) {
	found, err := s.store.AuditSegments(ctx, req.GetBefore().AsTime())
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.ListAuditSegmentsResponse{Checkpoints: found}, nil
}

// DropAudit removes the lines that a checkpoint covers, and keeps the checkpoint.
func (s *Server) DropAudit(ctx context.Context, req *orchestratorv1.DropAuditRequest) (*orchestratorv1.DropAuditResponse, error) {
	lines, err := s.store.DropAudit(ctx, req)
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.DropAuditResponse{Lines: lines}, nil
}
