package api

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// message is a catalog entry as callers see it.
func message(e store.Entry) *snapshotv1.Snapshot {
	m := &snapshotv1.Snapshot{
		Dataset: e.Dataset, Snapshot: e.Snapshot, AsOf: e.AsOf.Format(time.DateOnly), Revision: e.Revision,
		KnownAt: timestamppb.New(e.KnownAt), Rows: e.Rows, ContentHash: e.ContentHash, Batch: e.Batch,
		DatasetVersion: e.DatasetVersion, Run: e.Run, Table: e.Table.Proto(), Partition: e.Partition.Proto(),
		Columns: e.Columns, RequestedBy: e.RequestedBy, Reason: e.Reason, Relation: e.Relation.Proto(), Restores: e.Restores,
	}
	if e.SupersededAt != nil {
		m.SupersededAt = timestamppb.New(*e.SupersededAt)
	}
	if e.DroppedAt != nil {
		m.DroppedAt = timestamppb.New(*e.DroppedAt)
	}
	return m
}

// listed are the catalog entries of a dataset as callers see them in a list: those that stand
// on what is another by now are marked, those of dates that are pinned, and those whose rows
// are gone.
func (s *Server) listed(ctx context.Context, dataset string, entries []store.Entry) ([]*snapshotv1.Snapshot, error) {
	stale, err := store.StaleOf(ctx, s.pool, dataset)
	if err != nil {
		return nil, err
	}
	pins, err := store.DatePins(ctx, s.pool, dataset)
	if err != nil {
		return nil, err
	}
	lost, err := store.Lost(ctx, s.pool, entries)
	if err != nil {
		return nil, err
	}
	out := make([]*snapshotv1.Snapshot, 0, len(entries))
	for i, e := range entries {
		m := message(e)
		m.Lost = lost[i]
		if why, ok := stale[e.Key()]; ok && e.SupersededAt == nil {
			m.Stale = why.Found()
		}
		if p, ok := pins[m.GetAsOf()]; ok {
			m.Pin = datePin(&p)
		}
		out = append(out, m)
	}
	return out, nil
}

// rowChanges are how a row differs, by the word that is stored.
var rowChanges = map[string]stepv1.RowChange{
	"added": stepv1.RowChange_ROW_CHANGE_ADDED, "removed": stepv1.RowChange_ROW_CHANGE_REMOVED, "changed": stepv1.RowChange_ROW_CHANGE_CHANGED,
}

// restated is what a restatement changes in one snapshot, as callers see it.
func restated(r *store.Restated) *stepv1.RestatedSnapshot {
	if r == nil {
		return nil
	}
	m := &stepv1.RestatedSnapshot{
		Snapshot: r.Snapshot, Revision: r.Revision, Supersedes: r.Supersedes, Rows: r.Rows,
		Added: r.Added, Removed: r.Removed, Changed: r.Changed, Found: r.Found, Restores: r.Restores,
	}
	for _, c := range r.Columns {
		m.Columns = append(m.Columns, &stepv1.ColumnCount{Column: c.Column, Updated: c.Rows})
	}
	for _, f := range r.First {
		m.First = append(m.First, &stepv1.RestatedRow{Key: f.Key, Change: rowChanges[f.Change], Columns: f.Columns, Sealed: store.SealedOf(f.Sealed)})
	}
	return m
}
