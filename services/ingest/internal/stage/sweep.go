package stage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// sweep drops staging of the dataset that no batch needs: what earlier attempts at this
// batch left, and what batches left that were published, or failed and are no longer
// among the newest. It is a service to the disk and no part of the delivery: what it
// cannot drop now, the next stage will find.
func (s *Stager) sweep(ctx context.Context, req Request) {
	warn := func(batch string, err error) {
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "staging left over", "batch", batch, "error", err)
		}
	}
	warn(req.Batch, req.Fence.Tx(ctx, s.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		return store.ForgetErasing(ctx, conn, req.Dataset.Name) // an erase that was cut off, and could not
	}))
	warn(req.Batch, candidate.DropAll(ctx, s.Pool, req.Fence, req.Batch))
	old, err := store.Leftovers(ctx, s.Pool, req.Dataset.Name, req.Batch, s.KeepFailed)
	warn(req.Batch, err)
	for _, b := range old {
		warn(b, candidate.Discard(ctx, s.Pool, req.Fence, b))
	}
}

// giveBack drops what an attempt had staged by the time that it found the disk full. The next
// one, minutes later, begins anew; until then a disk that is full to the brim is everybody's
// trouble.
func (s *Stager) giveBack(ctx context.Context, req Request, failed error) {
	if !postgres.Full(failed) {
		return
	}
	if err := candidate.DropAll(ctx, s.Pool, req.Fence, req.Batch); err != nil {
		s.Log.WarnContext(ctx, "staging left over", "batch", req.Batch, "error", err)
	}
}
