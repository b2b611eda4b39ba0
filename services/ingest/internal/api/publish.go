package api

import (
	"google.golang.org/grpc"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/publish"
)

// Publish takes a batch into the live tables.
func (s *Server) Publish(req *ingestv1.PublishRequest, stream grpc.ServerStreamingServer[ingestv1.PublishResponse]) error {
	ctx := stream.Context()
	f, d, err := s.admit(ctx, req.GetContext(), req.GetDataset())
	if err != nil {
		return err
	}
	batch, already, err := s.publisher.Publish(ctx, publish.Request{
		Batch: req.GetBatch(), Fence: f, Dataset: d, Accepted: req.GetContext().GetAccepted(),
		Supersede: req.GetContext().GetSupersede(), Stamped: req.GetContext().GetStamped(), NeverStamped: req.GetContext().GetNeverStamped(),
		Bases:  req.GetBases(),
		Report: reporter(stream, publishProgress),
	})
	if err != nil {
		return err
	}
	return stream.Send(&ingestv1.PublishResponse{Message: &ingestv1.PublishResponse_Result{
		Result: &ingestv1.PublishResult{Batch: batch, AlreadyPublished: already},
	}})
}

func publishProgress(p *stepv1.Progress) *ingestv1.PublishResponse {
	return &ingestv1.PublishResponse{Message: &ingestv1.PublishResponse_Progress{Progress: p}}
}
