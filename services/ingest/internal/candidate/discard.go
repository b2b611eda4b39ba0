package candidate

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Discard drops every relation of a batch in one transaction, and records it. A batch
// that is unknown, or has none, is no error; one of another dataset than the fence's
// is refused.
func Discard(ctx context.Context, pool *postgres.Pool, f fence.Fence, batch string) error {
	return f.Tx(ctx, pool, func(ctx context.Context, conn *pgx.Conn) error {
		if err := limitWaiting(ctx, conn); err != nil {
			return err
		}
		b, err := store.Lock(ctx, conn, batch)
		if problem.Is(err, problem.BatchNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if b.GetDataset() != f.Dataset {
			return problem.New(problem.InvalidRequest, "batch %s is of dataset %s, and the fence of %s", batch, b.GetDataset(), f.Dataset).
				Violate("batch", "is of dataset %s", b.GetDataset())
		}
		names, err := store.Relations(ctx, conn, batch)
		if err != nil {
			return err
		}
		if err := drop(ctx, conn, names); err != nil {
			return err
		}
		return store.Discarded(ctx, conn, b)
	})
}

// DropAll drops the relations of a batch each by itself: what attempts left over that
// were cut off. Whoever still holds one keeps it, and the error says so.
func DropAll(ctx context.Context, pool *postgres.Pool, f fence.Fence, batch string) error {
	names, err := store.Relations(ctx, pool, batch)
	if err != nil {
		return err
	}
	var errs []error
	for _, n := range names {
		errs = append(errs, f.Tx(ctx, pool, func(ctx context.Context, conn *pgx.Conn) error {
			if err := limitWaiting(ctx, conn); err != nil {
				return err
			}
			return drop(ctx, conn, []string{n})
		}))
	}
	return errors.Join(errs...)
}

// limitWaiting bounds how long a drop waits for a lock. One second is longer than any
// statement that ends by itself leaves a lock after its client is gone, and shorter
// than a person notices.
func limitWaiting(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set local lock_timeout = '1s'")
	return err
}

func drop(ctx context.Context, conn *pgx.Conn, names []string) error {
	for _, n := range names {
		r := relation.Relation{Schema: store.Schema, Name: n}
		if _, err := conn.Exec(ctx, statement.Drop(r)); err != nil {
			return fmt.Errorf("drop %s: %w", r, err)
		}
		if err := store.RemoveRelation(ctx, conn, n); err != nil {
			return err
		}
	}
	return nil
}
