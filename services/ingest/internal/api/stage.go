package api

import (
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/stage"
)

// Stage takes the files of a source into candidates.
func (s *Server) Stage(req *ingestv1.StageRequest, stream grpc.ServerStreamingServer[ingestv1.StageResponse]) error {
	ctx := stream.Context()
	f, d, err := s.admit(ctx, req.GetContext(), req.GetDataset())
	if err != nil {
		return err
	}
	if err := checkAsOf(req.GetAsOf()); err != nil {
		return err
	}
	for _, mark := range req.GetDeletionMarks() {
		if err := d.Mark(mark.GetTable(), mark.GetWhen()); err != nil {
			return err
		}
	}
	tables, err := d.Only(req.GetTables())
	if err != nil {
		return err
	}
	partial := len(tables.Tables) < len(d.Tables)
	tables, later := tables.CollectedAs(req.GetAsOf())
	batch, err := s.stager.Stage(ctx, stage.Request{
		Batch: req.GetBatch(), Run: req.GetContext().GetRun(), RequestedBy: req.GetContext().GetRequestedBy(),
		Fence: f, Dataset: tables, Partial: partial, Later: later,
		Version: req.GetDatasetVersion(), AsOf: req.GetAsOf(), Source: req.GetSource(), Force: req.GetForce(), Earlier: earlier(req.GetEarlier()), Bases: req.GetBases(),
		Accepted: req.GetContext().GetAccepted(),
		Plan:     req.GetContext().GetPlan(), Supersede: req.GetContext().GetSupersede(),
		Report: reporter(stream, stageProgress),
	})
	if err != nil {
		return err
	}
	return stream.Send(&ingestv1.StageResponse{Message: &ingestv1.StageResponse_Result{
		Result: &ingestv1.StageResult{Batch: batch},
	}})
}

func earlier(states []*ingestv1.EarlierState) []stage.Earlier {
	out := make([]stage.Earlier, len(states))
	for i, s := range states {
		out[i] = stage.Earlier{Table: s.GetTable(), AsOf: s.GetAsOf(), Rows: s.GetRows(), Relation: relation.Of(s.GetRelation())}
	}
	return out
}

func stageProgress(p *stepv1.Progress) *ingestv1.StageResponse {
	return &ingestv1.StageResponse{Message: &ingestv1.StageResponse_Progress{Progress: p}}
}
