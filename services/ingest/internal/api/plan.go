package api

import (
	"google.golang.org/grpc"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/publish"
)

// Plan says what publishing a batch would change.
func (s *Server) Plan(req *ingestv1.PlanRequest, stream grpc.ServerStreamingServer[ingestv1.PlanResponse]) error {
	ctx := stream.Context()
	f, d, err := s.admit(ctx, req.GetContext(), req.GetDataset())
	if err != nil {
		return err
	}
	result, err := s.publisher.Plan(ctx, publish.Request{
		Batch: req.GetBatch(), Fence: f, Dataset: d, Accepted: req.GetContext().GetAccepted(),
		Supersede: req.GetContext().GetSupersede(), Stamped: req.GetContext().GetStamped(), NeverStamped: req.GetContext().GetNeverStamped(),
		Bases:  req.GetBases(),
		Report: reporter(stream, planProgress),
	})
	if err != nil {
		return err
	}
	return stream.Send(&ingestv1.PlanResponse{Message: &ingestv1.PlanResponse_Result{Result: result}})
}

func planProgress(p *stepv1.Progress) *ingestv1.PlanResponse {
	return &ingestv1.PlanResponse{Message: &ingestv1.PlanResponse_Progress{Progress: p}}
}
