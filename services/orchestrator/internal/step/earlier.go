package step

import (
	"context"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// earlierPage is how many catalog entries are asked for at once: those of the nearest
// earlier as_of are nearly always among the first.
const earlierPage = 50

// earlier returns, of each table that a snapshot is stamped from, the nearest state
// before the run's as_of. Ingest compares a delivery that is earlier than live with it. A
// correction is compared with what it supersedes, where that stands.
func (s *Services) earlier(ctx context.Context, t Task) ([]*ingestv1.EarlierState, error) {
	tables := map[string]string{} // snapshot → table that is still looked for
	for _, snap := range t.Dataset.GetSnapshots() {
		tables[snap.GetName()] = snap.GetFrom()
	}
	found := map[string]bool{}
	var states []*ingestv1.EarlierState
	take := func(snap *snapshotv1.Snapshot) {
		table, wanted := tables[snap.GetSnapshot()]
		if !wanted || snap.GetDroppedAt() != nil { // nobody can count what was dropped
			return
		}
		delete(tables, snap.GetSnapshot())
		if !found[table] {
			found[table] = true
			states = append(states, &ingestv1.EarlierState{
				Table: table, AsOf: snap.GetAsOf(), Relation: snap.GetTable(), Rows: snap.GetRows(),
			})
		}
	}
	superseded, err := s.superseded(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, snap := range superseded {
		take(snap)
	}
	req := &snapshotv1.ListSnapshotsRequest{Dataset: t.Run.Dataset, Before: t.Run.AsOf, PageSize: earlierPage}
	for len(tables) > 0 {
		page, err := s.snapshot.ListSnapshots(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, snap := range page.GetSnapshots() {
			take(snap)
		}
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	return states, nil
}

// superseded returns what stands of the as_of that a run corrects; nothing of any other.
func (s *Services) superseded(ctx context.Context, t Task) ([]*snapshotv1.Snapshot, error) {
	if !t.Run.Supersede || !t.snapshots() {
		return nil, nil
	}
	got, err := s.snapshot.GetSnapshot(ctx, &snapshotv1.GetSnapshotRequest{Dataset: t.Run.Dataset, AsOf: t.Run.AsOf})
	if problem.Is(err, problem.SnapshotNotFound) {
		return nil, nil // a plain stamp
	}
	return got.GetSnapshots(), err
}
