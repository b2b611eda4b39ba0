package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/expand"
)

// Expand alters the live tables so that they take what the dataset declares by now.
func (s *Server) Expand(ctx context.Context, req *ingestv1.ExpandRequest) (*ingestv1.ExpandResponse, error) {
	f, d, err := s.admit(ctx, req.GetContext(), req.GetDataset())
	if err != nil {
		return nil, err
	}
	remedy := relation.ByRun
	if req.GetRewrite() {
		remedy = relation.ByMigration
	}
	altered, err := s.expander.Expand(ctx, expand.Request{Fence: f, Dataset: d, Remedy: remedy, LookOnly: req.GetLookOnly()})
	if err != nil {
		return nil, err
	}
	resp := &ingestv1.ExpandResponse{}
	for _, a := range altered {
		resp.Altered = append(resp.Altered, &stepv1.AlteredRelation{
			Name: a.Table.Name, Relation: a.Table.Live.Proto(), Found: a.Found, Mend: a.Mend,
			LockedMs: a.Locked.Milliseconds(), Bytes: a.Bytes,
		})
	}
	return resp, nil
}
