package api

import (
	"google.golang.org/grpc"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/stage"
)

// Restore makes the candidates of a batch from revisions of snapshots.
func (s *Server) Restore(req *ingestv1.RestoreRequest, stream grpc.ServerStreamingServer[ingestv1.RestoreResponse]) error {
	ctx := stream.Context()
	f, d, err := s.admit(ctx, req.GetContext(), req.GetDataset())
	if err != nil {
		return err
	}
	if err := checkAsOf(req.GetAsOf()); err != nil {
		return err
	}
	batch, err := s.stager.Restore(ctx, stage.Restoring{
		Batch: req.GetBatch(), Run: req.GetContext().GetRun(), RequestedBy: req.GetContext().GetRequestedBy(),
		Fence: f, Dataset: d, Version: req.GetDatasetVersion(), AsOf: req.GetAsOf(),
		Target: req.GetTarget(), Tables: req.GetTables(), Keep: req.GetKeep(), Accepted: req.GetContext().GetAccepted(), Report: reporter(stream, restoreProgress),
	})
	if err != nil {
		return err
	}
	return stream.Send(&ingestv1.RestoreResponse{Message: &ingestv1.RestoreResponse_Result{
		Result: &ingestv1.RestoreResult{Batch: batch},
	}})
}

func restoreProgress(p *stepv1.Progress) *ingestv1.RestoreResponse {
	return &ingestv1.RestoreResponse{Message: &ingestv1.RestoreResponse_Progress{Progress: p}}
}
