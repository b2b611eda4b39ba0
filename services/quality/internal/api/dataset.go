package api

import (
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// checkDataset lints what the service has not linted before: it trusts no dataset that
// another service found free of mistakes. It returns DATASET_INVALID with every mistake.
func (s *Server) checkDataset(d *datasetv1.Dataset) error {
	mistakes := s.linted.Lint(d)
	if len(mistakes) == 0 {
		return nil
	}
	p := problem.New(problem.DatasetInvalid, "the dataset's declaration has mistakes: %s", mistakes)
	for _, m := range mistakes {
		_ = p.Violate(m.Path, "%s", m.Message)
	}
	return p
}
