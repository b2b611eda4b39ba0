package backendtest

import (
	"context"

	"google.golang.org/protobuf/proto"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// keeps is how the orchestrator answers what keeps the audit log, unless a test says
// otherwise; nil of every other method.
func (s *Suite) keeps(method string) Answer {
	return map[string]Answer{
		"OrchestratorService/RecordAudit": func(_ context.Context, m proto.Message) (proto.Message, error) {
			req, _ := m.(*orchestratorv1.RecordAuditRequest)
			line, err := s.Audit.Record(req)
			return &orchestratorv1.RecordAuditResponse{Line: line}, err
		},
		"OrchestratorService/RecordCheckpoint": func(_ context.Context, m proto.Message) (proto.Message, error) {
			req, _ := m.(*orchestratorv1.RecordCheckpointRequest)
			s.Audit.Keep(req.GetCheckpoint())
			return &orchestratorv1.RecordCheckpointResponse{}, nil
		},
		"OrchestratorService/ListAuditSegments": func(context.Context, proto.Message) (proto.Message, error) {
			return &orchestratorv1.ListAuditSegmentsResponse{Checkpoints: s.Audit.Segments()}, nil
		},
		"OrchestratorService/DropAudit": func(_ context.Context, m proto.Message) (proto.Message, error) {
			req, _ := m.(*orchestratorv1.DropAuditRequest)
			return &orchestratorv1.DropAuditResponse{Lines: s.Audit.Drop(req)}, nil
		},
	}[method]
}
