package gatewaytest

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// UnmaskRun answers with Unmasked.
func (o orchestrator) UnmaskRun(_ context.Context, req *orchestratorv1.UnmaskRunRequest) (*orchestratorv1.UnmaskRunResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return &orchestratorv1.UnmaskRunResponse{Run: req.GetRun(), Values: o.Unmasked}, nil
}

// UnmaskValidation answers with Unmasked.
func (q quality) UnmaskValidation(_ context.Context, req *qualityv1.UnmaskValidationRequest) (*qualityv1.UnmaskValidationResponse, error) {
	if err := q.note(req); err != nil {
		return nil, err
	}
	return &qualityv1.UnmaskValidationResponse{Validation: req.GetValidation(), Values: q.Unmasked}, nil
}
