package api

import (
	"context"

	"github.com/jackc/pgx/v5"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Unpin gives a date back to retention.
func (s *Server) Unpin(ctx context.Context, req *snapshotv1.UnpinRequest) (*snapshotv1.UnpinResponse, error) {
	asOf, err := parseAsOf(req.GetAsOf())
	if err != nil {
		return nil, err
	}
	var had *store.DatePin
	err = s.pinning(ctx, req.GetDataset(), asOf, func(tx pgx.Tx) (err error) {
		if had, err = pinOf(ctx, tx, req.GetDataset(), asOf); err != nil {
			return err
		}
		return store.Unpin(ctx, tx, req.GetDataset(), asOf)
	})
	if err != nil {
		return nil, err
	}
	return &snapshotv1.UnpinResponse{AsOf: req.GetAsOf(), Pin: datePin(had)}, nil
}
