package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// RecordAudit appends a line to the chain of a gateway.
func (s *Server) RecordAudit(ctx context.Context, req *orchestratorv1.RecordAuditRequest) (*orchestratorv1.RecordAuditResponse, error) {
	line, err := s.store.RecordAudit(ctx, req)
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.RecordAuditResponse{Line: line}, nil
}
