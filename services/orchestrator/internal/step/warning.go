package step

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// warnings are what a plan has to say of the tables that a run would write into, beside
// what it would change in them.
func (s *Services) warnings(ctx context.Context, t Task) ([]*stepv1.Finding, error) {
	tables, err := s.ingest.CheckDataset(ctx, &ingestv1.CheckDatasetRequest{Dataset: t.Dataset})
	if unlessOlder(err) != nil {
		return nil, err
	}
	all := warningsOf(problem.LiveTableDiffers, tables.GetTables())
	if !t.snapshots() {
		return all, nil
	}
	snapshots, err := s.snapshot.CheckDataset(ctx, &snapshotv1.CheckDatasetRequest{Dataset: t.Dataset})
	if unlessOlder(err) != nil {
		return nil, err
	}
	return append(all, warningsOf(problem.SnapshotTableDiffers, snapshots.GetSnapshots())...), nil
}

// unlessOlder is an error, unless the service is of a version that does not check yet,
// as it may be while a new one is rolled out.
func unlessOlder(err error) error {
	if status.Code(err) == codes.Unimplemented {
		return nil
	}
	return err
}

func warningsOf(reason problem.Reason, checks []*stepv1.RelationCheck) []*stepv1.Finding {
	var all []*stepv1.Finding
	for _, c := range checks {
		for _, w := range c.GetWarnings() {
			all = append(all, &stepv1.Finding{
				Reason: string(reason), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: c.GetName(),
				Message:  relation.Of(c.GetRelation()).String() + ": " + w.GetFound() + "; " + w.GetMend(),
				Expected: "functions that say themselves where they look for names", Found: w.GetFound(), Action: w.GetMend(),
			})
		}
	}
	return all
}
