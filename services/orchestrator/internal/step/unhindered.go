package step

import (
	"context"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// unhindered refuses a run that would alter live while a person has to mend something of
// another table, in live or in history: some would be altered, and nothing be written.
// Where nothing of live is to be altered it is for those who write to judge what they write
// into; of history, they did before. A run that would part the names of the two is refused
// whatever it alters: what ingest knows of a rename is closed with the tables it grows.
// It returns what stands in live.
func (s *Services) unhindered(ctx context.Context, t Task) ([]*stepv1.RelationCheck, error) {
	tables, snapshots, err := s.lookAtBoth(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := unparted(t, tables, snapshots); err != nil || !altersAny(tables) {
		return tables, err
	}
	if err := hindrance(problem.LiveTableDiffers, tables); err != nil {
		return nil, err
	}
	return tables, hindrance(problem.SnapshotTableDiffers, snapshots)
}

// begins refuses a run that would part the names of live and history, before it reads a
// file: by which names it would be read is what is in doubt; and one that would write into
// a table of others which the dataset does not adopt. A plan says the same.
func (s *Services) begins(ctx context.Context, t Task) error {
	tables, snapshots, err := s.lookAtBoth(ctx, t)
	if err != nil {
		return err
	}
	if err := unparted(t, tables, snapshots); err != nil {
		return err
	}
	return unadopted(tables)
}

// unadopted refuses a run of which a live table is another role's, and not adopted: no
// file need be read for that.
func unadopted(tables []*stepv1.RelationCheck) error {
	var strangers []*stepv1.RelationCheck
	for _, c := range tables {
		if slices.ContainsFunc(c.GetDifferences(), func(d *stepv1.RelationDifference) bool {
			return d.GetReason() == string(problem.LiveTableNotAdopted)
		}) {
			strangers = append(strangers, c)
		}
	}
	return hindrance(problem.LiveTableNotAdopted, strangers)
}

// lookAtBoth returns what stands in live, and in history where live is to be altered or
// was renamed. A service of an older version sees nothing.
func (s *Services) lookAtBoth(ctx context.Context, t Task) (tables, snapshots []*stepv1.RelationCheck, err error) {
	live, err := s.ingest.CheckDataset(ctx, &ingestv1.CheckDatasetRequest{Dataset: t.Dataset})
	if unlessOlder(err) != nil {
		return nil, nil, err
	}
	tables = live.GetTables()
	if !t.snapshots() || !altersAny(tables) && !renamesAny(tables) {
		return tables, nil, nil
	}
	history, err := s.snapshot.CheckDataset(ctx, &snapshotv1.CheckDatasetRequest{Dataset: t.Dataset})
	return tables, history.GetSnapshots(), unlessOlder(err)
}

// unparted is the error of a run of which the names of live and history would part.
func unparted(t Task, tables, snapshots []*stepv1.RelationCheck) error {
	p := problem.New(problem.SnapshotTableDiffers, "")
	var said []string
	for _, one := range PartedOf(t.Dataset, tables, snapshots) {
		p = p.Violate(one.History.String(), "%s", one)
		said = append(said, one.History.String()+": "+one.String())
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "nothing was altered or published: " + strings.Join(said, "; ")
	return p
}

func renamesAny(checks []*stepv1.RelationCheck) bool {
	for _, c := range checks {
		if len(c.GetRenamed())+len(c.GetRenames()) > 0 {
			return true
		}
	}
	return false
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
			if d.GetReason() != "" {
				p.Reason = problem.Reason(d.GetReason())
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
