package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// CheckDataset says what stands under the names of a dataset's live tables.
func (s *Server) CheckDataset(ctx context.Context, req *ingestv1.CheckDatasetRequest) (*ingestv1.CheckDatasetResponse, error) {
	d, err := s.resolver.Of(req.GetDataset())
	if err != nil {
		return nil, err
	}
	// What another dataset has published into is looked at for that one alone.
	if err := store.Owners.Check(ctx, s.pool, d.Name, d.Live()); err != nil {
		return nil, err
	}
	others := make([]relation.Relation, 0, len(req.GetOthers()))
	for _, r := range req.GetOthers() {
		others = append(others, relation.Of(r))
	}
	all, err := live.Check(ctx, s.pool, d, others, s.publisher.OpenSchema)
	if err != nil {
		return nil, err
	}
	resp := &ingestv1.CheckDatasetResponse{}
	for _, f := range all {
		check := &stepv1.RelationCheck{
			Name: f.Name, Relation: f.Relation.Proto(), Exists: f.Exists, HasRows: f.HasRows,
			Columns: f.Columns, Renamed: relation.RenamesProto(f.Renamed), Renames: relation.RenamesProto(f.Renames),
		}
		relation.Apportion(f.Differences, check)
		for _, w := range f.Warnings {
			check.Warnings = append(check.Warnings, w.Proto())
		}
		resp.Tables = append(resp.Tables, check)
	}
	return resp, nil
}
