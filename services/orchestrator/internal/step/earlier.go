package step

import (
	"context"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// earlierPage is how many catalog entries are asked for at once: those of the nearest
// earlier as_of are nearly always among the first.
const earlierPage = 50

// earlier returns, of each table that a snapshot is stamped from, the nearest state
// before the run's as_of. Ingest compares a delivery that is earlier than live with it.
func (s *Services) earlier(ctx context.Context, t Task) ([]*ingestv1.EarlierState, error) {
	tables := map[string]string{} // snapshot → table that is still looked for
	for _, snap := range t.Dataset.GetSnapshots() {
		tables[snap.GetName()] = snap.GetFrom()
	}
	found := map[string]bool{}
	var states []*ingestv1.EarlierState
	req := &snapshotv1.ListSnapshotsRequest{Dataset: t.Run.Dataset, Before: t.Run.AsOf, PageSize: earlierPage}
	for len(tables) > 0 {
		page, err := s.snapshot.ListSnapshots(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, snap := range page.GetSnapshots() {
			table, wanted := tables[snap.GetSnapshot()]
			if !wanted {
				continue
			}
			delete(tables, snap.GetSnapshot())
			if !found[table] {
				found[table] = true
				states = append(states, &ingestv1.EarlierState{
					Table: table, AsOf: snap.GetAsOf(), Relation: snap.GetTable(), Rows: snap.GetRows(),
				})
			}
		}
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	return states, nil
}
