package api

import (
	"context"

	"github.com/jackc/pgx/v5"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/restamp"
)

// Restamp says what a stale as_of is made again from.
func (s *Server) Restamp(ctx context.Context, req *snapshotv1.RestampRequest) (*snapshotv1.RestampResponse, error) {
	order, err := s.orderOfAsOf(req)
	if err != nil {
		return nil, err
	}
	if err := order.Fence.Check(ctx, s.pool); err != nil {
		return nil, err
	}
	resp := &snapshotv1.RestampResponse{}
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		found, err := restamp.Find(ctx, tx, restamp.Wanted{Dataset: req.GetDataset(), Layouts: order.Layouts, AsOf: order.AsOf})
		if err != nil {
			return err
		}
		for _, k := range found.Kept {
			resp.Deliveries = append(resp.Deliveries, &stepv1.KeptDelivery{
				Table: k.Table, Batch: k.Delta.Batch, Relation: k.Delta.Relation.Proto(), Rows: k.Delta.Rows, Columns: revisionColumns(k.Layout),
			})
		}
		for _, t := range found.Tables {
			resp.Tables = append(resp.Tables, revisedTable(t))
		}
		return nil
	})
	return resp, err
}
