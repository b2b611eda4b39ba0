package api

import (
	"context"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// CheckSource says whether a source is a folder that a run could read from now.
func (s *Server) CheckSource(_ context.Context, req *ingestv1.CheckSourceRequest) (*ingestv1.CheckSourceResponse, error) {
	folder, err := s.stager.Roots.Open(req.GetSource())
	if err != nil {
		return nil, err
	}
	folder.Close()
	return &ingestv1.CheckSourceResponse{}, nil
}
