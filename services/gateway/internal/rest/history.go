package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// histories serves what is read of all of history, or of all rows of some of it, over
// REST: line by line, as it is found.
type histories struct {
	snapshot snapshotv1.SnapshotServiceClient
}

// register puts the handlers before those that are generated.
func (h histories) register(mux *runtime.ServeMux) error {
	return errors.Join(
		mux.HandlePath(http.MethodGet, "/v1/datasets/{dataset}/snapshots:verify", h.verify),
	)
}

// noFilter keeps no parameter out: those of the path are not among the query's.
var noFilter = utilities.NewDoubleArray(nil)

// verify answers with a line for each revision, and the result.
func (h histories) verify(w http.ResponseWriter, r *http.Request, path map[string]string) {
	req := &snapshotv1.VerifyRequest{}
	err := runtime.PopulateQueryParameters(req, r.URL.Query(), noFilter)
	req.Dataset = path["dataset"]
	if err != nil {
		problemjson.Error(w, r, plain(err))
		return
	}
	ctx, cancel := context.WithCancel(outgoing(r)) // a client that went away is told nothing more
	defer cancel()
	stream, err := h.snapshot.Verify(ctx, req)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	writeLines(w, r, func() (line, error) {
		m, err := stream.Recv()
		return line{Message: m, silent: m.GetProgress() != nil, last: m.GetResult() != nil}, err
	})
}
