package gatewaytest

import (
	"context"

	"google.golang.org/grpc"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// ListAudit answers with Entries, on one page.
func (o orchestrator) ListAudit(_ context.Context, req *orchestratorv1.ListAuditRequest) (*orchestratorv1.ListAuditResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return &orchestratorv1.ListAuditResponse{Entries: o.Entries}, nil
}

// ExportAudit answers with Audit, then ends with Broken.
func (o orchestrator) ExportAudit(req *orchestratorv1.ExportAuditRequest, stream grpc.ServerStreamingServer[orchestratorv1.ExportAuditResponse]) error {
	if err := o.note(req); err != nil {
		return err
	}
	for _, m := range o.Audit {
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	return o.Broken
}
