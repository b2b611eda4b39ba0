package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func (c *Console) snapshot(ctx context.Context, r *http.Request) (sheet, error) {
	name, asOf := r.PathValue("dataset"), r.PathValue("as_of")
	resp, err := c.services.Snapshot.GetSnapshot(ctx, &snapshotv1.GetSnapshotRequest{Dataset: name, AsOf: asOf})
	if err != nil {
		return sheet{}, err
	}
	t := snapshotTable(resp.GetSnapshots(), c.dueAndKept(ctx, name))
	t.ID, t.Title = "snapshots", "Snapshots"
	facts := []fact{{"Dataset", datasetLink(name)}}
	before, err := c.services.Snapshot.ListSnapshots(ctx, &snapshotv1.ListSnapshotsRequest{Dataset: name, Before: asOf, PageSize: 1})
	if err == nil && len(before.GetSnapshots()) > 0 { // the page says what it is of without it
		facts = append(facts, fact{"Changed since the date before", diffLink(name, side{asOf: before.GetSnapshots()[0].GetAsOf()}, side{asOf: asOf}, "")})
	}
	return sheet{Heading: "Snapshots as of", Name: asOf, JSON: "/v1" + r.URL.Path, Tables: []table{t}, Facts: facts}, nil
}

// snapshotTable are snapshots, with what keeps the dates that are due.
func snapshotTable(snapshots []*snapshotv1.Snapshot, held map[string]string) table {
	t := table{Head: heads("Snapshot", "as_of", "#Rows", "#Revision", "Known at", "Batch", "Read it from", "Content hash")}
	for _, s := range snapshots {
		t.Rows = append(t.Rows, []entry{
			words(s.GetSnapshot()), snapshotLink(s.GetDataset(), s.GetAsOf()), figure(prose.Number(s.GetRows())),
			figure(fmt.Sprint(s.GetRevision())), moment(s.GetKnownAt()), batchLink(s.GetBatch()), readFrom(s), code(s.GetContentHash()),
		})
	}
	t.mark(snapshots, append(slices.Clip(snapshotMarks), heldMark(held)))
	return t
}

// readFrom is the table in which readers find a snapshot; none whose rows are not there.
func readFrom(s *snapshotv1.Snapshot) entry {
	if s.GetDroppedAt() != nil {
		return words("nowhere: its rows were dropped")
	}
	if s.GetLost() {
		return words("nowhere: its rows are gone")
	}
	return code(relation(s.GetTable()))
}

// snapshotMark is a column that is there where it says something of any snapshot.
type snapshotMark struct {
	head string
	says func(*snapshotv1.Snapshot) bool
	of   func(*snapshotv1.Snapshot) entry
}

// heldMark says what keeps a date that the history would not keep.
func heldMark(held map[string]string) snapshotMark {
	return snapshotMark{
		"Due and kept", func(s *snapshotv1.Snapshot) bool { return held[s.GetAsOf()] != "" },
		func(s *snapshotv1.Snapshot) entry { return words(held[s.GetAsOf()]) },
	}
}

// snapshotMarks say that a snapshot stands on what is another by now, that its rows were
// dropped or are gone, and who keeps them from retention.
var snapshotMarks = []snapshotMark{
	{
		"Stale", func(s *snapshotv1.Snapshot) bool { return s.GetStale() != "" },
		func(s *snapshotv1.Snapshot) entry { return marked(s.GetStale(), "busy") },
	},
	{
		"Dropped", func(s *snapshotv1.Snapshot) bool { return s.GetDroppedAt() != nil },
		func(s *snapshotv1.Snapshot) entry { return moment(s.GetDroppedAt()) },
	},
	{
		"Lost", (*snapshotv1.Snapshot).GetLost,
		func(*snapshotv1.Snapshot) entry { return words("its table is gone") },
	},
	{
		"Pinned", func(s *snapshotv1.Snapshot) bool { return s.GetPin() != nil },
		func(s *snapshotv1.Snapshot) entry {
			return words(s.GetPin().GetPinnedBy() + ": " + s.GetPin().GetReason())
		},
	},
}

// mark adds those columns that say something of any of the snapshots.
func (t *table) mark(snapshots []*snapshotv1.Snapshot, marks []snapshotMark) {
	for _, m := range marks {
		if !slices.ContainsFunc(snapshots, m.says) {
			continue
		}
		t.Head = append(t.Head, heads(m.head)...)
		for i, s := range snapshots {
			cell := words("")
			if m.says(s) {
				cell = m.of(s)
			}
			t.Rows[i] = append(t.Rows[i], cell)
		}
	}
}

func relation(r *stepv1.Relation) string {
	if r == nil {
		return ""
	}
	return r.GetSchema() + "." + r.GetName()
}
