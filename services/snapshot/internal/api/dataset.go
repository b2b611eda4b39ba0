package api

import (
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// layouts lays out the snapshots of a dataset, of which the service trusts nothing that
// it has not linted once itself. It returns DATASET_INVALID with every mistake.
func (s *Server) layouts(d *datasetv1.Dataset) ([]layout.Layout, error) {
	mistakes := s.linted.Lint(d)
	if len(mistakes) == 0 {
		return layout.Of(d)
	}
	p := problem.New(problem.DatasetInvalid, "the dataset's declaration has mistakes: %s", mistakes)
	for _, m := range mistakes {
		_ = p.Violate(m.Path, "%s", m.Message)
	}
	return nil, p
}
