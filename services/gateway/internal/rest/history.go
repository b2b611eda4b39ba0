package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
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
		mux.HandlePath(http.MethodGet, "/v1/datasets/{dataset}/snapshots:diff", h.diff),
	)
}

// parameters reads those of the query into a request. Those of the path are not among
// them, and the guard has seen to the names.
func parameters(r *http.Request, into proto.Message) error {
	if err := runtime.PopulateQueryParameters(into, r.URL.Query(), utilities.NewDoubleArray(nil)); err != nil {
		return problem.Wrap(err, problem.InvalidRequest, "%s", err)
	}
	return nil
}

// verify answers with a line for each revision, and the result.
func (h histories) verify(w http.ResponseWriter, r *http.Request, path map[string]string) {
	req := &snapshotv1.VerifyRequest{Dataset: path["dataset"]}
	if err := parameters(r, req); err != nil {
		problemjson.Error(w, r, err)
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

// diff answers with a line for each row that differs, and the heads, counts and result; or
// with the rows alone as CSV, where the client asks for that.
func (h histories) diff(w http.ResponseWriter, r *http.Request, path map[string]string) {
	req := &snapshotv1.DiffRequest{Dataset: path["dataset"]}
	if err := parameters(r, req); err != nil {
		problemjson.Error(w, r, err)
		return
	}
	ctx, cancel := context.WithCancel(outgoing(r))
	defer cancel()
	stream, err := h.snapshot.Diff(ctx, req)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	if wantsCSV(r.Header.Values("Accept")) {
		writeDiffCSV(w, r, stream.Recv)
		return
	}
	d := &differing{recv: stream.Recv}
	writeLines(w, r, d.next)
}

// differing makes each row that comes with others a message of its own.
type differing struct {
	recv func() (*snapshotv1.DiffResponse, error)
	rows []*snapshotv1.RowDifference
}

func (d *differing) next() (line, error) {
	for len(d.rows) == 0 {
		m, err := d.recv()
		if err != nil || m.GetRows() == nil {
			return line{Message: m, last: m.GetResult() != nil}, err
		}
		d.rows = m.GetRows().GetRows()
	}
	row := d.rows[0]
	d.rows = d.rows[1:]
	return line{Message: &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Row{Row: row}}, more: len(d.rows) > 0}, nil
}
