package api

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Pin keeps a date from retention.
func (s *Server) Pin(ctx context.Context, req *snapshotv1.PinRequest) (*snapshotv1.PinResponse, error) {
	asOf, err := parseAsOf(req.GetAsOf())
	if err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(req.GetReason())
	switch {
	case prose.Blank(reason):
		return nil, invalid("reason", "expected why the date is kept, found none: it is shown wherever the date is")
	case strings.ContainsRune(reason+req.GetRequestedBy(), 0):
		return nil, invalid("reason", "expected text, found a NUL character in it")
	}
	var had, pin *store.DatePin
	err = s.pinning(ctx, req.GetDataset(), asOf, func(tx pgx.Tx) (err error) {
		if err := store.Retained(ctx, tx, req.GetDataset(), asOf); err != nil {
			return err
		}
		if had, err = pinOf(ctx, tx, req.GetDataset(), asOf); err != nil {
			return err
		}
		if err := store.Pin(ctx, tx, req.GetDataset(), asOf, store.DatePin{Reason: reason, By: req.GetRequestedBy()}); err != nil {
			return err
		}
		pin, err = pinOf(ctx, tx, req.GetDataset(), asOf)
		return err
	})
	if err != nil {
		return nil, err
	}
	resp := &snapshotv1.PinResponse{AsOf: req.GetAsOf(), Pin: datePin(pin)}
	if had != nil && had.Reason != pin.Reason {
		resp.Replaced = datePin(had)
	}
	return resp, nil
}

// pinning runs something about a date that is stamped, while no retention decides what goes.
func (s *Server) pinning(ctx context.Context, dataset string, asOf time.Time, do func(pgx.Tx) error) error {
	entries, err := store.Current(ctx, s.pool, dataset, asOf)
	if err != nil {
		return postgres.Problem(err)
	}
	if len(entries) == 0 {
		return problem.New(problem.SnapshotNotFound, "nothing of dataset %s is stamped as of %s", dataset, asOf.Format(time.DateOnly)).
			With("dataset", dataset).With("as_of", asOf.Format(time.DateOnly))
	}
	return postgres.Problem(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := store.LockHistory(ctx, tx, dataset); err != nil {
			return err
		}
		return do(tx)
	}))
}

// pinOf is the pin of a date; nil where it has none.
func pinOf(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) (*store.DatePin, error) {
	pins, err := store.DatePins(ctx, q, dataset)
	if err != nil {
		return nil, err
	}
	if p, ok := pins[asOf.Format(time.DateOnly)]; ok {
		return &p, nil
	}
	return nil, nil //nolint:nilnil // it has none
}
