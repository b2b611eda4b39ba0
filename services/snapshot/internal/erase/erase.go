// Package erase takes the rows of keys out of history: out of every revision of every as_of,
// out of the rows of incremental extracts that are kept, and out of what restatements list.
//
// History is immutable but for this. All of it goes in one transaction, and the catalog has
// the count and the hash of what is left from then on; what they were before, who asked and
// why stand in sf_snapshot.erasure. A revision whose rows were not those of the catalog
// before is erased from and stays as wrong as it was.
package erase

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/erasing"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Eraser erases. It is safe for concurrent use.
type Eraser struct {
	pool    *postgres.Pool
	stamper *stamp.Stamper
}

// New returns an Eraser on a pool of the service's own role; the stamper drops what is
// prepared and will not be stamped.
func New(pool *postgres.Pool, s *stamp.Stamper) *Eraser { return &Eraser{pool: pool, stamper: s} }

// Order says what to erase, and on whose behalf.
type Order struct {
	Fence       fence.Fence
	Run         string
	RequestedBy string
	Reason      string
	Dataset     *datasetv1.Dataset
	Layouts     []layout.Layout
	// Keys is where ingest has the keys.
	Keys relation.Relation
	// Shown are the keys by which personal values were shown.
	Shown *personal.Keys
}

// forms are the texts by which keys of rows were shown.
func (o Order) forms() func(table string, key []string) [][]string {
	tables := personal.Tables(o.Dataset, dataset.Personal(o.Dataset))
	return func(table string, key []string) [][]string { return o.Shown.Forms(tables[table], key) }
}

func (o Order) keys() erasing.Keys {
	return erasing.Keys{In: o.Keys, Run: o.Run, Dataset: o.Dataset.GetName()}
}

// Find enters the keys of rows of history that refer to one that is entered.
// Errors: FENCE_LOST.
func (e *Eraser) Find(ctx context.Context, o Order) (*stepv1.EraseResult, error) {
	r := &stepv1.EraseResult{}
	err := e.tx(ctx, o, func(ctx context.Context, conn *pgx.Conn) error {
		w, err := look(ctx, conn, o)
		if err != nil {
			return err
		}
		var parts []erasing.Part
		for _, p := range w.places {
			parts = append(parts, p.Part)
		}
		r.Found, err = o.keys().Fixpoint(ctx, conn, parts)
		return err
	})
	return r, err
}

// Count counts what would go, and marks the keys of which there are rows.
// Errors: FENCE_LOST.
func (e *Eraser) Count(ctx context.Context, o Order) (r *stepv1.EraseResult, err error) {
	err = e.tx(ctx, o, func(ctx context.Context, conn *pgx.Conn) error {
		w, err := look(ctx, conn, o)
		if err != nil {
			return err
		}
		r = w.result
		for _, p := range w.places {
			if err := o.keys().See(ctx, conn, p.Part); err != nil {
				return err
			}
			n, err := o.keys().Count(ctx, conn, p.Part)
			if err != nil {
				return err
			}
			w.add(p, n)
		}
		if err := w.entities(ctx, true); err != nil {
			return err
		}
		return w.restatements(ctx, true)
	})
	return r, err
}

// Erase takes all of it away. What a run erased already it only tells.
// Errors: SNAPSHOT_TABLE_DIFFERS, FENCE_LOST.
func (e *Eraser) Erase(ctx context.Context, o Order) (r *stepv1.EraseResult, err error) {
	if err := e.stamper.DiscardAll(ctx, o.Fence, o.Run); err != nil {
		return nil, err
	}
	err = e.tx(ctx, o, func(ctx context.Context, conn *pgx.Conn) error {
		if r, err = erased(ctx, conn, o); r != nil || err != nil {
			return err
		}
		w, err := look(ctx, conn, o)
		if err != nil {
			return err
		}
		r = w.result
		return w.erase(ctx)
	})
	return r, refused(err)
}

// tx is a fenced transaction in which the hash can be taken.
func (e *Eraser) tx(ctx context.Context, o Order, fn func(ctx context.Context, conn *pgx.Conn) error) error {
	return o.Fence.Tx(ctx, e.pool, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "set local lock_timeout = '30s'; "+digest.Settings); err != nil {
			return fmt.Errorf("settings: %w", err)
		}
		return fn(ctx, conn)
	})
}

// erased is what the run erased already; nil where it has not.
func erased(ctx context.Context, conn *pgx.Conn, o Order) (*stepv1.EraseResult, error) {
	detail, err := store.ErasedBy(ctx, conn, o.Run)
	if detail == nil || err != nil {
		return nil, err
	}
	r := &stepv1.EraseResult{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(detail, r); err != nil {
		return nil, fmt.Errorf("read what %s erased: %w", o.Run, err)
	}
	return r, nil
}
