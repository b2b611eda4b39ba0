package api

import (
	"google.golang.org/grpc"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/stage"
)

// Restamp makes the candidates of a batch again from what was delivered before.
func (s *Server) Restamp(req *ingestv1.RestampRequest, stream grpc.ServerStreamingServer[ingestv1.RestampResponse]) error {
	ctx := stream.Context()
	f, d, err := s.admit(ctx, req.GetContext(), req.GetDataset())
	if err != nil {
		return err
	}
	if err := checkAsOf(req.GetAsOf()); err != nil {
		return err
	}
	batch, err := s.stager.Restamp(ctx, stage.Restamping{
		Batch: req.GetBatch(), Run: req.GetContext().GetRun(), RequestedBy: req.GetContext().GetRequestedBy(),
		Fence: f, Dataset: d, Version: req.GetDatasetVersion(), AsOf: req.GetAsOf(),
		Deliveries: req.GetDeliveries(), Bases: req.GetBases(), Tables: req.GetTables(), Report: reporter(stream, restampProgress),
	})
	if err != nil {
		return err
	}
	return stream.Send(&ingestv1.RestampResponse{Message: &ingestv1.RestampResponse_Result{
		Result: &ingestv1.RestampResult{Batch: batch},
	}})
}

func restampProgress(p *stepv1.Progress) *ingestv1.RestampResponse {
	return &ingestv1.RestampResponse{Message: &ingestv1.RestampResponse_Progress{Progress: p}}
}
