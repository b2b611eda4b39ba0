package backend

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// declared puts into the request for a training set what its dataset declares: snapshot
// knows no registry. What a client sent in its place counts for nothing.
func (s *Set) declared(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, opts...)
	if err != nil || method != snapshotv1.SnapshotService_BuildTrainingSet_FullMethodName {
		return stream, err
	}
	return &declaring{ClientStream: stream, set: s}, nil
}

// declaring completes what is sent on a stream.
type declaring struct {
	grpc.ClientStream
	set *Set
}

// SendMsg sends the request with the current version of its dataset. Errors:
// DATASET_NOT_FOUND.
func (d *declaring) SendMsg(m any) error {
	asked, ok := m.(*snapshotv1.BuildTrainingSetRequest)
	if !ok {
		return d.ClientStream.SendMsg(m)
	}
	got, err := d.set.Orchestrator.GetDataset(d.Context(), &orchestratorv1.GetDatasetRequest{Dataset: asked.GetDataset()})
	if err != nil {
		return err
	}
	req := proto.CloneOf(asked)
	req.Declaration, req.DatasetVersion = got.GetVersion().GetDataset(), got.GetVersion().GetVersion()
	return d.ClientStream.SendMsg(req)
}
