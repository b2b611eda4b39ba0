package api

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/personal"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// UnmaskRun decrypts the personal values in what a run found and restated.
func (s *Server) UnmaskRun(ctx context.Context, req *orchestratorv1.UnmaskRunRequest) (*orchestratorv1.UnmaskRunResponse, error) {
	id, err := s.store.ResolveRun(ctx, req.GetRun())
	if err != nil {
		return nil, err
	}
	r, err := s.store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	of := &personal.Unmasking{Keys: s.store.Keys, Dataset: r.Dataset, Shown: req.GetShown()}
	if err := take(of, r, int(req.GetFinding())); err != nil {
		return nil, err
	}
	values, err := of.Values()
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.UnmaskRunResponse{Run: r.ID, Values: values}, nil
}

// take takes the values of one finding of a run, from 1, or of all that it lists.
func take(of *personal.Unmasking, r *run.Run, finding int) error {
	if finding > len(r.Findings) {
		return only("finding", fmt.Sprintf("expected the number of a finding of the run, which has %d, found %d", len(r.Findings), finding))
	}
	for i, f := range r.Findings {
		if finding == 0 || finding == i+1 {
			if err := of.Take(i+1, "", f); err != nil {
				return err
			}
		}
	}
	for _, s := range r.Restated {
		if finding == 0 {
			if err := of.Take(0, s.GetSnapshot(), s); err != nil {
				return err
			}
		}
	}
	return nil
}
