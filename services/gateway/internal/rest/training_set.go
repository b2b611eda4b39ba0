package rest

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// trainingSets serves what the streams of training sets are over REST: a build is a
// resource that is created, a file a file.
type trainingSets struct {
	snapshot snapshotv1.SnapshotServiceClient
}

// register puts the handlers before those that are generated, which would send a stream of
// JSON: of two for a path, the one that came last is asked first.
func (t trainingSets) register(mux *runtime.ServeMux) error {
	return errors.Join(
		mux.HandlePath(http.MethodPost, "/v1/datasets/{dataset}/training-sets", t.build),
		mux.HandlePath(http.MethodGet, "/v1/training-sets/{training_set}/export", t.export),
		mux.HandlePath(http.MethodPost, "/v1/training-sets:rebuild", t.rebuild),
	)
}

// outgoing is the context of a call, which carries the request's id.
func outgoing(r *http.Request) context.Context {
	return metadata.NewOutgoingContext(r.Context(), requestID(r.Context(), r))
}

// body reads the body, which the guard has checked, into a request.
func body(r *http.Request, into proto.Message) error {
	raw, err := io.ReadAll(r.Body)
	if err == nil {
		err = protojson.Unmarshal(raw, into)
	}
	if err != nil {
		return plain(problem.Wrap(err, problem.InvalidRequest, "%s", err))
	}
	return nil
}

// build answers 201 with what was built, and where it is.
func (t trainingSets) build(w http.ResponseWriter, r *http.Request, path map[string]string) {
	req := &snapshotv1.BuildTrainingSetRequest{}
	if err := body(r, req); err != nil {
		problemjson.Error(w, r, err)
		return
	}
	req.Dataset = path["dataset"]
	built, err := t.built(outgoing(r), req)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	text, err := contract.Marshal(built)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	prolong(w)
	w.Header().Set("Content-Type", mediaJSON)
	w.Header().Set("Location", "/v1/training-sets/"+built.GetId())
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(text) // nobody is left to tell
}

// built waits for the result of a build.
func (t trainingSets) built(ctx context.Context, req *snapshotv1.BuildTrainingSetRequest) (*snapshotv1.TrainingSet, error) {
	stream, err := t.snapshot.BuildTrainingSet(ctx, req)
	if err != nil {
		return nil, err
	}
	for {
		m, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil, problem.New(problem.ServiceUnavailable, "expected a result at the end of the stream, found none: the call was cut off")
		case err != nil:
			return nil, err
		case m.GetResult() != nil:
			return m.GetResult(), nil
		}
	}
}
