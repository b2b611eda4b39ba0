package step

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
)

// unhindered refuses a run that would alter live while a person has to mend something of
// another table, in live or in history: some would be altered, and nothing be written.
// Where nothing of live is to be altered it is for those who write to judge what they write
// into; of history, they did before.
func (s *Services) unhindered(ctx context.Context, t Task) error {
	tables, err := s.ingest.CheckDataset(ctx, &ingestv1.CheckDatasetRequest{Dataset: t.Dataset})
	if err != nil || !altersAny(tables.GetTables()) {
		return unlessOlder(err)
	}
	if err := hindrance(problem.LiveTableDiffers, tables.GetTables()); err != nil || !t.snapshots() {
		return err
	}
	snapshots, err := s.snapshot.CheckDataset(ctx, &snapshotv1.CheckDatasetRequest{Dataset: t.Dataset})
	if err != nil {
		return unlessOlder(err)
	}
	return hindrance(problem.SnapshotTableDiffers, snapshots.GetSnapshots())
}

func altersAny(checks []*stepv1.RelationCheck) bool {
	for _, c := range checks {
		if c.GetName() != "" && len(c.GetExpansions()) > 0 {
			return true
		}
	}
	return false
}

// hindrance is the error of tables of which a person has to mend something; nil where
// there are none.
func hindrance(reason problem.Reason, checks []*stepv1.RelationCheck) error {
	p := problem.New(reason, "")
	var said []string
	for _, c := range checks {
		of := relation.Of(c.GetRelation()).String()
		for _, d := range c.GetDifferences() {
			if c.GetName() == "" {
				continue // only an earlier version declared it
			}
			text := d.GetFound() + ": " + d.GetMend()
			p = p.Violate(of, "%s", text)
			said = append(said, of+": "+text)
		}
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "nothing was altered or published, since tables are in the way of what the dataset declares by now: " + strings.Join(said, "; ")
	return p
}

// alteredAllTheSame has a verdict say what was altered before it, and stays so.
func alteredAllTheSame(err error, altered []*stepv1.AlteredRelation) error {
	if len(altered) == 0 || fault.Of(err) != fault.Verdict {
		return err
	}
	p := *problem.FromError(err)
	var all []string
	for _, a := range altered {
		all = append(all, a.GetMend())
	}
	p.Message += "; altered before it, which stays so, and the next run goes on from there: " + strings.Join(all, "; ")
	return &p
}
