package step

import (
	"context"
	"slices"

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
	all := append(schemaChanges(tables.GetTables()), warningsOf(problem.LiveTableDiffers, tables.GetTables())...)
	if !t.snapshots() {
		return all, nil
	}
	snapshots, err := s.snapshot.CheckDataset(ctx, &snapshotv1.CheckDatasetRequest{Dataset: t.Dataset})
	if unlessOlder(err) != nil {
		return nil, err
	}
	all = append(all, schemaChanges(snapshots.GetSnapshots())...)
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

// schemaChanges are what a run would alter before it writes, and the tables that it
// would make beside those that are there: notes, since nothing is lost by them.
func schemaChanges(checks []*stepv1.RelationCheck) []*stepv1.Finding {
	first := allNew(checks)
	var all []*stepv1.Finding
	for _, c := range checks {
		table := relation.Of(c.GetRelation()).String()
		if !first && !c.GetExists() && len(c.GetDifferences()) == 0 {
			all = append(all, schemaChange(c, table+" is made", makes(c)))
		}
		for _, e := range c.GetExpansions() {
			all = append(all, schemaChange(c, table+": "+e.GetFound()+", and is altered before anything is written", e.GetMend()))
		}
	}
	return all
}

// allNew says that none of the tables is there: that they are all made need not be said.
func allNew(checks []*stepv1.RelationCheck) bool {
	return !slices.ContainsFunc(checks, (*stepv1.RelationCheck).GetExists)
}

func makes(c *stepv1.RelationCheck) string {
	return "create table " + relation.Of(c.GetRelation()).SQL()
}

// made are the tables that a publish made beside those that stood, as its plan had said.
func made(stood []*stepv1.RelationCheck, counts []*stepv1.TableCounts) []*stepv1.AlteredRelation {
	var all []*stepv1.AlteredRelation
	for _, c := range stood {
		delivered := slices.ContainsFunc(counts, func(n *stepv1.TableCounts) bool { return n.GetTable() == c.GetName() })
		if !c.GetExists() && delivered && !allNew(stood) {
			all = append(all, &stepv1.AlteredRelation{Mend: makes(c)})
		}
	}
	return all
}

func schemaChange(c *stepv1.RelationCheck, message, sql string) *stepv1.Finding {
	return &stepv1.Finding{
		Reason: string(problem.SchemaChanges), Severity: datasetv1.Severity_SEVERITY_INFO, Table: c.GetName(),
		Message: message + ": " + sql, Found: message,
		Action: "Nothing: the run does it, in a short transaction of its own.",
	}
}

func warningsOf(reason problem.Reason, checks []*stepv1.RelationCheck) []*stepv1.Finding {
	var all []*stepv1.Finding
	for _, c := range checks {
		for _, w := range c.GetWarnings() {
			if w.GetReason() == string(problem.ForeignCode) {
				all = append(all, foreignCode(c, w))
				continue
			}
			all = append(all, &stepv1.Finding{
				Reason: string(reason), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: c.GetName(),
				Message:  relation.Of(c.GetRelation()).String() + ": " + w.GetFound() + "; " + w.GetMend(),
				Expected: "nothing on the table that keeps rows out of it or changes them", Found: w.GetFound(), Action: w.GetMend(),
			})
		}
	}
	return all
}

// foreignCode notes what of others is called as an adopted table is written: they said that
// runs may write into it, and so that it is called.
func foreignCode(c *stepv1.RelationCheck, w *stepv1.RelationDifference) *stepv1.Finding {
	return &stepv1.Finding{
		Reason: w.GetReason(), Severity: datasetv1.Severity_SEVERITY_INFO, Table: c.GetName(),
		Message:  relation.Of(c.GetRelation()).String() + ": " + w.GetFound() + "; " + w.GetMend(),
		Expected: "no functions of others that are called as the table is written", Found: w.GetFound(), Action: w.GetMend(),
	}
}
