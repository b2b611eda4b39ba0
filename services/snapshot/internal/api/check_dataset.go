package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/relation"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// CheckDataset says what stands under the names of a dataset's snapshots.
func (s *Server) CheckDataset(ctx context.Context, req *snapshotv1.CheckDatasetRequest) (*snapshotv1.CheckDatasetResponse, error) {
	layouts, err := s.layouts(req.GetDataset())
	if err != nil {
		return nil, err
	}
	all, err := s.stamper.Check(ctx, req.GetDataset().GetName(), layouts)
	if err != nil {
		return nil, err
	}
	resp := &snapshotv1.CheckDatasetResponse{}
	for _, standing := range all {
		check := &stepv1.RelationCheck{
			Name: standing.Snapshot, Relation: standing.Table.Proto(), Exists: standing.Exists, HasRows: standing.HasHistory,
			Columns: standing.Columns, Renamed: relation.RenamesProto(standing.Renamed), Renames: relation.RenamesProto(standing.Renames),
		}
		relation.Apportion(standing.Differences, check)
		for _, w := range standing.Warnings {
			check.Warnings = append(check.Warnings, w.Proto())
		}
		resp.Snapshots = append(resp.Snapshots, check)
	}
	return resp, nil
}
