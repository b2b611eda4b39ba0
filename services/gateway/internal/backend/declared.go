package backend

import (
	"context"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// declaredStreams are the streams whose request holds what the dataset declares.
var declaredStreams = []string{
	snapshotv1.SnapshotService_BuildTrainingSet_FullMethodName, snapshotv1.SnapshotService_Diff_FullMethodName,
}

// declared puts into the request for a training set, or for what differs, what its dataset
// declares: snapshot knows no registry. What a client sent in its place counts for nothing.
func (s *Set) declared(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, opts...)
	if err != nil || !slices.Contains(declaredStreams, method) {
		return stream, err
	}
	return &declaring{ClientStream: stream, set: s}, nil
}

// declaredOnce does so for calls that are no streams.
func (s *Set) declaredOnce(ctx context.Context, method string, req, resp any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	complete, err := s.complete(ctx, req)
	if err != nil {
		return err
	}
	return call(ctx, method, complete, resp, conn, opts...)
}

// complete returns a copy of a request with the current version of its dataset; a request
// that needs none as it is. Errors: DATASET_NOT_FOUND.
func (s *Set) complete(ctx context.Context, m any) (any, error) {
	asked, ok := m.(interface {
		proto.Message
		GetDataset() string
		GetDeclaration() *datasetv1.Dataset
		GetDatasetVersion() string
	})
	if !ok {
		return m, nil
	}
	got, err := s.Orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{Dataset: asked.GetDataset()})
	if err != nil {
		return nil, err
	}
	version := got.GetVersion()
	switch req := proto.CloneOf[proto.Message](asked).(type) {
	case *snapshotv1.BuildTrainingSetRequest:
		req.Declaration, req.DatasetVersion = version.GetDataset(), version.GetVersion()
		return req, nil
	case *snapshotv1.RestoreRequest:
		req.Declaration, req.DatasetVersion = version.GetDataset(), version.GetVersion()
		return req, nil
	case *snapshotv1.ListGapsRequest:
		req.Declaration, req.DatasetVersion = version.GetDataset(), version.GetVersion()
		return req, nil
	case *snapshotv1.PlanRetentionRequest:
		req.Declaration, req.DatasetVersion = version.GetDataset(), version.GetVersion()
		return req, nil
	case *ingestv1.ReadmitKeysRequest:
		req.Declaration, req.DatasetVersion = version.GetDataset(), version.GetVersion()
		return req, nil
	case *snapshotv1.DiffRequest:
		req.Declaration, req.DatasetVersion = version.GetDataset(), version.GetVersion()
		return req, nil
	}
	return m, nil
}

// declaring completes what is sent on a stream.
type declaring struct {
	grpc.ClientStream
	set *Set
}

// SendMsg sends the request with the current version of its dataset. Errors:
// DATASET_NOT_FOUND.
func (d *declaring) SendMsg(m any) error {
	complete, err := d.set.complete(d.Context(), m)
	if err != nil {
		return err
	}
	return d.ClientStream.SendMsg(complete)
}
