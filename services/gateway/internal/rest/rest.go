// Package rest serves the RPCs of the contract as REST under /v1: JSON with the
// protos' own names, strict about what it is sent, errors as problem+json.
package rest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/unsetjson"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
	"github.com/streamflow/streamflow/services/gateway/internal/request"
)

// callTimeout is how long a call may take. The longest read is a page of a thousand
// rows of bookkeeping; what takes longer hangs, and the client should hear of it.
const callTimeout = 60 * time.Second

// unbounded are the RPCs whose answers take as long as there are rows.
var unbounded = map[string]bool{
	"Verify":           true,
	"BuildTrainingSet": true, "ExportTrainingSet": true, "RebuildTrainingSet": true, "VerifyTrainingSet": true,
	"Restore": true, "ExportAudit": true,
}

// New returns the handler of everything under /v1 that answers at once.
func New(ctx context.Context, services *backend.Set, c *contract.Contract) (http.Handler, error) {
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, marshaler{&runtime.JSONPb{
			MarshalOptions:   unsetjson.Options,
			UnmarshalOptions: protojson.UnmarshalOptions{},
		}}),
		runtime.WithErrorHandler(writeError),
		runtime.WithRoutingErrorHandler(writeRoutingError),
		runtime.WithForwardResponseOption(accepted),
		runtime.WithMetadata(requestID),
		runtime.WithIncomingHeaderMatcher(noHeader),
		runtime.WithOutgoingHeaderMatcher(noHeader),
		runtime.WithOutgoingTrailerMatcher(noHeader),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
	)
	for _, err := range []error{
		orchestratorv1.RegisterOrchestratorServiceHandlerClient(ctx, mux, services.Orchestrator),
		ingestv1.RegisterIngestServiceHandlerClient(ctx, mux, services.Ingest),
		qualityv1.RegisterQualityServiceHandlerClient(ctx, mux, services.Quality),
		snapshotv1.RegisterSnapshotServiceHandlerClient(ctx, mux, services.Snapshot),
		trainingSets{services.Snapshot}.register(mux),
		histories{services.Snapshot}.register(mux),
		auditLog{services.Orchestrator}.register(mux),
	} {
		if err != nil {
			return nil, fmt.Errorf("register REST handlers: %w", err)
		}
	}
	return guard{contract: c, next: mux, bodies: &budget{}}, nil
}

// guard lets through what the contract declares, and says of the rest what is wrong.
type guard struct {
	bodies   *budget
	contract *contract.Contract
	next     http.Handler
}

// ServeHTTP passes a request on that the contract declares. Of any other the answer is a
// problem: which path, method or parameter there is not, and what there is instead.
func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// net/http leaves the body of an answer to HEAD out.
	asked := r.Method
	if r.Method == http.MethodHead {
		r = r.Clone(r.Context())
		r.Method = http.MethodGet
	}
	op, allowed := g.contract.Match(r.Method, r.URL.Path)
	if op == nil {
		r.Method = asked
		routing(r, g.contract, allowed, w.Header()).Write(w, r)
		return
	}
	request.Means(r.Context(), op.Service+"/"+op.RPC)
	query, err := readQuery(op, r.URL.RawQuery)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	r.URL.RawQuery = query.Encode()
	if op.Body {
		body, give := g.bodies.hold(http.MaxBytesReader(w, r.Body, maxBody))
		defer give()
		if problem := takeBody(op, body, w, r); problem != nil {
			problem.Write(w, r)
			return
		}
	} else {
		// The handler would take it in before the call, and one that does not come
		// ends the call.
		r.Body = http.NoBody
	}
	if err := checkRequired(r.Context(), op, query); err != nil {
		problemjson.Error(w, r, err)
		return
	}
	ctx := r.Context()
	if !unbounded[op.RPC] {
		limited, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		ctx = limited
	}
	w.Header().Set("Cache-Control", "no-store")
	g.next.ServeHTTP(w, r.WithContext(ctx))
}

func requestID(ctx context.Context, _ *http.Request) metadata.MD {
	return metadata.Pairs(grpcserver.RequestIDKey, request.ID(ctx))
}

// noHeader keeps HTTP headers out of gRPC metadata and the other way round: what
// crosses is named above.
func noHeader(string) (string, bool) { return "", false }
