package api

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/assemble"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/rollback"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Rollback says which revisions a rollback makes current again, and where their rows are.
func (s *Server) Rollback(ctx context.Context, req *snapshotv1.RollbackRequest) (*snapshotv1.RollbackResponse, error) {
	order, err := s.orderOfAsOf(req)
	if err != nil {
		return nil, err
	}
	if err := order.Fence.Check(ctx, s.pool); err != nil {
		return nil, err
	}
	wanted := rollback.Wanted{
		Dataset: req.GetDataset().GetName(), AsOf: order.AsOf, Revision: req.GetToRevision(), Of: req.GetRevisionOf(),
	}
	for _, l := range order.Layouts {
		wanted.Snapshots = append(wanted.Snapshots, l.Snapshot)
	}
	var resp *snapshotv1.RollbackResponse
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		target, err := rollback.Find(ctx, tx, wanted)
		if err != nil {
			return err
		}
		tables, without, err := assemble.Tables(ctx, tx, req.GetDataset(), order.Layouts, target.Revisions)
		resp = &snapshotv1.RollbackResponse{Target: targetMessage(target), Without: without, Keep: target.Keep}
		for _, t := range tables {
			resp.Tables = append(resp.Tables, revisedTable(t))
		}
		return err
	})
	return resp, err
}

func targetMessage(t *rollback.Target) *stepv1.RollbackTarget {
	m := &stepv1.RollbackTarget{KnownAt: timestamppb.New(t.KnownAt), Batch: t.Batch}
	for _, e := range t.Revisions {
		m.Revisions = append(m.Revisions, &stepv1.SnapshotRevision{Snapshot: e.Snapshot, Revision: e.Revision})
	}
	slices.SortFunc(m.Revisions, func(a, b *stepv1.SnapshotRevision) int { return strings.Compare(a.GetSnapshot(), b.GetSnapshot()) })
	return m
}

func revisedTable(t assemble.Table) *stepv1.RevisedTable {
	m := &stepv1.RevisedTable{Table: t.Declared.GetName(), Lacks: t.Lacks}
	for _, p := range t.Parts {
		m.Parts = append(m.Parts, revisionPart(p.Entry, p))
	}
	return m
}

func revisionPart(e store.Entry, p assemble.Part) *stepv1.RevisionPart {
	m := &stepv1.RevisionPart{Snapshot: e.Snapshot, Revision: e.Revision, Relation: e.Relation.Proto(), Rows: e.Rows}
	m.Columns = revisionColumns(p.Layout)
	return m
}

// revisionColumns are the columns of a layout, and what they are called where the rows are.
func revisionColumns(l layout.Layout) []*stepv1.RevisionColumn {
	var all []*stepv1.RevisionColumn
	for _, c := range l.Columns() {
		all = append(all, &stepv1.RevisionColumn{Name: c.Name, StandsAs: c.InHistory()})
	}
	return all
}

// rollbackOf is what a step of a rollback makes current again; nil of any other run.
func rollbackOf(m *stepv1.RollbackTarget) *stamp.Rollback {
	if m == nil {
		return nil
	}
	r := &stamp.Rollback{KnownAt: m.GetKnownAt().AsTime(), Revisions: map[string]int32{}}
	for _, one := range m.GetRevisions() {
		r.Revisions[one.GetSnapshot()] = one.GetRevision()
	}
	return r
}
