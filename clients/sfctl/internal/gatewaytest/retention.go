package gatewaytest

import (
	"context"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// PlanRetention answers with Retention.
func (s snapshot) PlanRetention(_ context.Context, req *snapshotv1.PlanRetentionRequest) (*snapshotv1.PlanRetentionResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	return s.Retention, nil
}

// Pin answers with what was asked for, in the place of the pin of the first of Snapshots.
func (s snapshot) Pin(_ context.Context, req *snapshotv1.PinRequest) (*snapshotv1.PinResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	resp := &snapshotv1.PinResponse{AsOf: req.GetAsOf(), Pin: &snapshotv1.DatePin{Reason: req.GetReason(), PinnedBy: req.GetRequestedBy()}}
	if len(s.Snapshots) > 0 {
		resp.Replaced = s.Snapshots[0].GetPin()
	}
	return resp, nil
}

// Unpin answers with the pin of the first of Snapshots.
func (s snapshot) Unpin(_ context.Context, req *snapshotv1.UnpinRequest) (*snapshotv1.UnpinResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	return &snapshotv1.UnpinResponse{AsOf: req.GetAsOf(), Pin: s.Snapshots[0].GetPin()}, nil
}

// ForgetTrainingSet answers with the first of TrainingSets.
func (s snapshot) ForgetTrainingSet(_ context.Context, req *snapshotv1.ForgetTrainingSetRequest) (*snapshotv1.ForgetTrainingSetResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	return &snapshotv1.ForgetTrainingSetResponse{TrainingSet: s.TrainingSets[0]}, nil
}
