package erase

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// maxPlaces is how many keys that were not erased are told by their places.
const maxPlaces = 20

// Readmission is who takes keys back from the erased ones, and why.
type Readmission struct {
	Dataset *declared.Dataset
	// Table is the name of a table; empty for the only one that refers to no other.
	Table               string
	Keys                []*stepv1.EraseKey
	RequestedBy, Reason string
}

// Readmit takes keys back from those that were erased, under the lock that publishes of the
// dataset take in turn, and records who did and why. Sent again it finds nothing left to do.
// Errors: ERASE_REFUSED, PERSONAL_KEY_MISSING.
func (e *Eraser) Readmit(ctx context.Context, m Readmission) (*ingestv1.ReadmitKeysResponse, error) {
	t, err := tableOf(m.Dataset, m.Table)
	if err != nil {
		return nil, err
	}
	values, err := e.columns(ctx, t, m.Keys)
	if err != nil {
		return nil, err
	}
	resp := &ingestv1.ReadmitKeysResponse{Table: t.Name}
	return resp, pgx.BeginFunc(ctx, e.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local lock_timeout = '30s'"); err != nil {
			return err
		}
		if _, err := store.LockWatermark(ctx, tx.Conn(), m.Dataset.Name); err != nil {
			return err
		}
		under, err := store.ErasedTables(ctx, tx, m.Dataset.Name)
		if err != nil {
			return err
		}
		found, err := e.takeBack(ctx, tx, m, t, under[t.Name], values)
		if err != nil {
			return err
		}
		tell(resp, len(m.Keys), found)
		if len(found) == 0 {
			return nil
		}
		return store.RecordReadmission(ctx, tx, store.Readmission{
			Dataset: m.Dataset.Name, Table: t.Name, Keys: resp.GetReadmitted(), RequestedBy: m.RequestedBy, Reason: m.Reason,
		})
	})
}

// takeBack deletes the hashes of the keys, under each key of personal values that one was made
// with, and returns the places of those that there were.
func (e *Eraser) takeBack(ctx context.Context, tx pgx.Tx, m Readmission, t *declared.Table, under []string, values []any) ([]int32, error) {
	args := []any{pgx.QueryExecModeExec, m.Dataset.Name, t.Name}
	for _, id := range under {
		key, ok := e.Keys.ByID(id)
		if !ok {
			return nil, problem.New(problem.PersonalKeyMissing,
				"keys of table %s were erased under the key %s of personal values, which the file of keys does not have: put its line back (SF_PII_KEY_FILE) and start the service again", t.Name, id).
				With("key_id", id)
		}
		inner, outer := key.Pads(store.ErasedHash)
		args = append(args, id, inner, outer)
	}
	rows, err := tx.Query(ctx, statement.Readmit(t, len(under)), append(args, values...)...)
	if err != nil {
		return nil, fmt.Errorf("take keys of %s back from the erased ones: %w", t.Name, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		return nil, fmt.Errorf("take keys of %s back from the erased ones: %w", t.Name, err)
	}
	return found, nil
}

// tell says how many of so many keys were found, and where the others stand in the request.
func tell(resp *ingestv1.ReadmitKeysResponse, asked int, found []int32) {
	was := map[int32]bool{}
	for _, place := range found {
		was[place] = true
	}
	resp.Readmitted, resp.NotErased = int64(len(was)), int64(asked-len(was))
	for place := int32(1); int(place) <= asked && len(resp.GetNotErasedPlaces()) < maxPlaces; place++ {
		if !was[place] {
			resp.NotErasedPlaces = append(resp.NotErasedPlaces, place)
		}
	}
}
