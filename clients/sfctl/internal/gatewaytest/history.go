package gatewaytest

import (
	"context"

	"google.golang.org/grpc"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Verify answers with progress and Verification, then ends with Broken.
func (s snapshot) Verify(req *snapshotv1.VerifyRequest, stream grpc.ServerStreamingServer[snapshotv1.VerifyResponse]) error {
	if err := s.note(req); err != nil {
		return err
	}
	progress := &snapshotv1.VerifyResponse_Progress{Progress: &stepv1.Progress{Phase: "hash"}}
	if err := stream.Send(&snapshotv1.VerifyResponse{Message: progress}); err != nil {
		return err
	}
	for _, m := range s.Verification {
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	return s.Broken
}

// Diff answers with Difference, then ends with Broken.
func (s snapshot) Diff(req *snapshotv1.DiffRequest, stream grpc.ServerStreamingServer[snapshotv1.DiffResponse]) error {
	if err := s.note(req); err != nil {
		return err
	}
	for _, m := range s.Difference {
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	return s.Broken
}

// ListGaps answers with a page of Gaps.
func (s snapshot) ListGaps(_ context.Context, req *snapshotv1.ListGapsRequest) (*snapshotv1.ListGapsResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	gaps, next := page(s.Gaps, req.GetPageSize(), req.GetPageToken())
	return &snapshotv1.ListGapsResponse{Gaps: gaps, NextPageToken: next}, nil
}
