package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// UnmaskValidation decrypts the personal values of the rows that the results of a validation
// list.
func (s *Server) UnmaskValidation(ctx context.Context, req *qualityv1.UnmaskValidationRequest) (*qualityv1.UnmaskValidationResponse, error) {
	v, err := s.find(ctx, req.GetValidation())
	if err != nil {
		return nil, err
	}
	if n := len(v.GetResults()); int(req.GetResult()) > n {
		return nil, problem.New(problem.InvalidRequest, "result: expected the number of a result of the validation, which has %d, found %d", n, req.GetResult()).
			Violate("result", "expected 1 to %d, found %d", n, req.GetResult())
	}
	of := personal.Unmasking{Keys: s.keys, Dataset: v.GetDataset(), Shown: req.GetShown()}
	for i, r := range v.GetResults() {
		if number := i + 1; req.GetResult() == 0 || int(req.GetResult()) == number {
			if err := of.Take(number, "", r); err != nil {
				return nil, err
			}
		}
	}
	values, err := of.Values()
	if err != nil {
		return nil, err
	}
	return &qualityv1.UnmaskValidationResponse{Validation: v.GetId(), Values: values}, nil
}
