package api

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/restore"
)

// Restore writes the tables of an as_of into a schema of their own.
func (s *Server) Restore(ctx context.Context, req *snapshotv1.RestoreRequest) (*snapshotv1.RestoreResponse, error) {
	d := req.GetDeclaration()
	if d.GetName() != req.GetDataset() {
		return nil, invalid("declaration", "expected the content of dataset %s, which the gateway puts there, found that of %q", req.GetDataset(), d.GetName())
	}
	asOf, err := parseAsOf(req.GetAsOf())
	if err != nil {
		return nil, err
	}
	layouts, err := s.layouts(d)
	if err != nil {
		return nil, err
	}
	o := restore.Order{Dataset: d, Layouts: layouts, AsOf: asOf, Into: req.GetInto()}
	if req.GetKnownAt() != nil {
		if err := req.GetKnownAt().CheckValid(); err != nil {
			return nil, invalid("known_at", "expected a moment, found none: %v", err)
		}
		at := req.GetKnownAt().AsTime()
		o.KnownAt = &at
	}
	done, err := s.restorer.Restore(ctx, o)
	if err != nil {
		return nil, err
	}
	return restoredMessage(req, done), nil
}

func restoredMessage(req *snapshotv1.RestoreRequest, done *restore.Restored) *snapshotv1.RestoreResponse {
	resp := &snapshotv1.RestoreResponse{Schema: req.GetInto(), AsOf: req.GetAsOf(), Without: done.Without, LeftBehind: done.LeftBehind}
	var newest time.Time
	for _, t := range done.Tables {
		m := &snapshotv1.RestoredTable{
			Table: t.Declared.GetName(), Relation: t.Relation.Proto(), Rows: t.Rows, Lacks: t.Lacks, References: t.References, LeftOut: t.LeftOut,
		}
		for _, e := range t.Revisions() {
			m.Revisions = append(m.Revisions, &snapshotv1.RestoredRevision{Snapshot: e.Snapshot, Revision: e.Revision, KnownAt: timestamppb.New(e.KnownAt)})
			if e.KnownAt.After(newest) {
				newest = e.KnownAt
			}
		}
		resp.Tables = append(resp.Tables, m)
	}
	resp.KnownAt = timestamppb.New(newest)
	return resp
}
