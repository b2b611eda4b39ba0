package rest

import (
	"context"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// auditLog serves the whole audit log over REST, line by line.
type auditLog struct {
	orchestrator orchestratorv1.OrchestratorServiceClient
}

// register puts the handler before the one that is generated.
func (a auditLog) register(mux *runtime.ServeMux) error {
	return mux.HandlePath(http.MethodGet, "/v1/audit:export", a.export)
}

// export answers with a line for each piece of the log, as sfctl verifies them.
func (a auditLog) export(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	ctx, cancel := context.WithCancel(outgoing(r)) // a client that went away is told nothing more
	defer cancel()
	stream, err := a.orchestrator.ExportAudit(ctx, &orchestratorv1.ExportAuditRequest{})
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	writeLines(w, r, func() (line, error) {
		m, err := stream.Recv()
		return line{Message: m, last: m.GetResult() != nil}, err
	})
}
