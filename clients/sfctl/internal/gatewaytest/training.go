package gatewaytest

import (
	"context"
	"strings"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// BuildTrainingSet answers with progress and the first of TrainingSets.
func (s snapshot) BuildTrainingSet(req *snapshotv1.BuildTrainingSetRequest, stream grpc.ServerStreamingServer[snapshotv1.BuildTrainingSetResponse]) error {
	if err := s.note(req); err != nil {
		return err
	}
	if err := stream.Send(&snapshotv1.BuildTrainingSetResponse{Message: &snapshotv1.BuildTrainingSetResponse_Progress{Progress: &stepv1.Progress{Phase: "join"}}}); err != nil {
		return err
	}
	return stream.Send(&snapshotv1.BuildTrainingSetResponse{Message: &snapshotv1.BuildTrainingSetResponse_Result{Result: s.TrainingSets[0]}})
}

// ListTrainingSets answers with a page of TrainingSets.
func (s snapshot) ListTrainingSets(_ context.Context, req *snapshotv1.ListTrainingSetsRequest) (*snapshotv1.ListTrainingSetsResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	sets, next := page(s.TrainingSets, req.GetPageSize(), req.GetPageToken())
	return &snapshotv1.ListTrainingSetsResponse{TrainingSets: sets, NextPageToken: next}, nil
}

// GetTrainingSet answers with the training set whose id has the asked part.
func (s snapshot) GetTrainingSet(_ context.Context, req *snapshotv1.GetTrainingSetRequest) (*snapshotv1.GetTrainingSetResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	for _, t := range s.TrainingSets {
		if strings.Contains(t.GetId(), req.GetTrainingSet()) {
			return &snapshotv1.GetTrainingSetResponse{TrainingSet: t}, nil
		}
	}
	return nil, problem.New(problem.TrainingSetNotFound, "no training set has %s", req.GetTrainingSet())
}

// ExportTrainingSet answers with Rows in two chunks and Written, or ends with Broken
// between them.
func (s snapshot) ExportTrainingSet(req *snapshotv1.ExportTrainingSetRequest, stream grpc.ServerStreamingServer[snapshotv1.ExportTrainingSetResponse]) error {
	if err := s.note(req); err != nil {
		return err
	}
	return s.file(func(h *snapshotv1.TrainingFileHead, chunk []byte, f *snapshotv1.TrainingFile) error {
		m := &snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Chunk{Chunk: chunk}}
		switch {
		case h != nil:
			m.Message = &snapshotv1.ExportTrainingSetResponse_Head{Head: h}
		case f != nil:
			m.Message = &snapshotv1.ExportTrainingSetResponse_Result{Result: f}
		}
		return stream.Send(m)
	})
}

// RebuildTrainingSet answers as ExportTrainingSet does.
func (s snapshot) RebuildTrainingSet(req *snapshotv1.RebuildTrainingSetRequest, stream grpc.ServerStreamingServer[snapshotv1.RebuildTrainingSetResponse]) error {
	if err := s.note(req); err != nil {
		return err
	}
	return s.file(func(h *snapshotv1.TrainingFileHead, chunk []byte, f *snapshotv1.TrainingFile) error {
		m := &snapshotv1.RebuildTrainingSetResponse{Message: &snapshotv1.RebuildTrainingSetResponse_Chunk{Chunk: chunk}}
		switch {
		case h != nil:
			m.Message = &snapshotv1.RebuildTrainingSetResponse_Head{Head: h}
		case f != nil:
			m.Message = &snapshotv1.RebuildTrainingSetResponse_Result{Result: f}
		}
		return stream.Send(m)
	})
}

func (s snapshot) file(send func(*snapshotv1.TrainingFileHead, []byte, *snapshotv1.TrainingFile) error) error {
	half := len(s.Rows) / 2
	if err := send(&snapshotv1.TrainingFileHead{}, nil, nil); err != nil {
		return err
	}
	if err := send(nil, []byte(s.Rows[:half]), nil); err != nil {
		return err
	}
	if s.Broken != nil {
		return s.Broken
	}
	if err := send(nil, []byte(s.Rows[half:]), nil); err != nil {
		return err
	}
	return send(nil, nil, s.Written)
}

// VerifyTrainingSet answers with Verified.
func (s snapshot) VerifyTrainingSet(_ context.Context, req *snapshotv1.VerifyTrainingSetRequest) (*snapshotv1.VerifyTrainingSetResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	return s.Verified, nil
}
