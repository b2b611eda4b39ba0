package api

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/fence"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
)

// GetBase returns what the incremental extracts of an as_of are laid over.
func (s *Server) GetBase(ctx context.Context, req *snapshotv1.GetBaseRequest) (*snapshotv1.GetBaseResponse, error) {
	asOf, err := parseAsOf(req.GetAsOf())
	if err != nil {
		return nil, err
	}
	layouts, err := s.layouts(req.GetDataset())
	if err != nil {
		return nil, err
	}
	of := foundationsOf(req.GetDataset(), layouts)
	found, err := s.stamper.Foundations(ctx, stamp.Order{Fence: fence.Fence{Dataset: req.GetDataset().GetName()}, AsOf: asOf, Layouts: of})
	if err != nil {
		return nil, err
	}
	resp := &snapshotv1.GetBaseResponse{}
	for i, f := range found {
		if f == nil {
			continue
		}
		b := base(of[i], f)
		if req.GetProve() && b.GetDroppedAt() == nil {
			if err := s.proven(ctx, b, f.Entry); err != nil {
				return nil, err
			}
		}
		resp.Bases = append(resp.Bases, b)
	}
	return resp, nil
}

// foundationsOf are the layouts that carry every column of a table with incremental extracts,
// one for each such table.
func foundationsOf(d *datasetv1.Dataset, layouts []layout.Layout) []layout.Layout {
	var of []layout.Layout
	for _, t := range d.GetTables() {
		if !dataset.Incremental(t) {
			continue
		}
		name := dataset.BaseSnapshot(d, t).GetName()
		if i := slices.IndexFunc(layouts, func(l layout.Layout) bool { return l.Snapshot == name }); i >= 0 {
			of = append(of, layouts[i])
		}
	}
	return of
}

func base(l layout.Layout, f *stamp.Foundation) *stepv1.Base {
	e := f.Entry
	b := &stepv1.Base{
		Table: l.From, Snapshot: e.Snapshot, AsOf: e.AsOf.Format(time.DateOnly), Revision: e.Revision,
		ContentHash: e.ContentHash, Rows: e.Rows, Relation: e.Table.Proto(),
	}
	if e.DroppedAt != nil {
		b.DroppedAt = timestamppb.New(*e.DroppedAt)
	}
	for _, name := range layout.Names(l.Columns()) {
		if stands, ok := f.StandsAs[name]; ok {
			b.Columns = append(b.Columns, &stepv1.BaseColumn{Name: name, StandsAs: stands})
		}
	}
	return b
}
