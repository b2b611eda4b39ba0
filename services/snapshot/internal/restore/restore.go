// Package restore writes the tables of a dataset as they were as of a date into a schema
// of their own. It reads history, and changes nothing of it nor of live.
//
// Promises: all tables are written in one transaction, from one state of the catalog; their
// rows are those that were stamped, by their hashes; what could not be made as it was is
// said.
package restore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/assemble"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Restorer restores. It is safe for concurrent use.
type Restorer struct{ pool *postgres.Pool }

// New returns a Restorer on a pool of the service's own role.
func New(pool *postgres.Pool) *Restorer { return &Restorer{pool: pool} }

// Order says what is to be restored, and where.
type Order struct {
	Dataset *datasetv1.Dataset
	Layouts []layout.Layout
	AsOf    time.Time
	// KnownAt is the moment at which it was known; nil for now.
	KnownAt *time.Time
	Into    string
}

// Restored is what was written.
type Restored struct {
	Tables []Table
	// Without names the tables of which nothing was known.
	Without []string
	// LeftBehind names the snapshots whose rows are of another delivery than the others'.
	LeftBehind []string
	// then says that it is as it was known at a moment.
	then bool
}

// Table is one table that was written.
type Table struct {
	assemble.Table
	Relation relation.Relation
	Rows     int64
	// References were made; LeftOut were not, and say why.
	References, LeftOut []string
}

// memory is for the sorts and joins of one restore, and the keys that it makes. Less, and a
// million rows are sorted on disk; more, and two at once are felt on a small machine.
const memory = "set local work_mem = '64MB'; set local maintenance_work_mem = '128MB'"

// Restore writes the tables. Errors: SNAPSHOT_NOT_FOUND, RETAINED_NO_LONGER, SCHEMA_REFUSED,
// REVISION_CHANGED.
func (r *Restorer) Restore(ctx context.Context, o Order) (*Restored, error) {
	if err := o.notLive(); err != nil {
		return nil, err
	}
	var done *Restored
	// One state of the catalog and of all rows: who stamps meanwhile becomes known later.
	err := pgx.BeginTxFunc(ctx, r.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, memory+"; "+digest.Settings); err != nil {
			return fmt.Errorf("set up the transaction: %w", err)
		}
		done, err = o.write(ctx, tx)
		return err
	})
	if err != nil {
		return nil, refused(o, r.pool.NeedsRoomLike(ctx, err, "restoring "+o.Dataset.GetName(), o.sources()...))
	}
	return done, nil
}

// sources are the tables that rows are taken from, at most.
func (o Order) sources() []relation.Relation {
	var all []relation.Relation
	for _, l := range o.Layouts {
		all = append(all, l.Table)
	}
	return all
}

func (o Order) write(ctx context.Context, tx pgx.Tx) (*Restored, error) {
	known, err := store.KnownAt(ctx, tx, o.Dataset.GetName(), o.AsOf, o.KnownAt)
	if err != nil {
		return nil, err
	}
	if err := store.AllRetained(known); err != nil {
		return nil, err
	}
	tables, without, err := assemble.Tables(ctx, tx, o.Dataset, o.Layouts, known)
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, o.nothing()
	}
	left, err := o.leftBehind(ctx, tx, tables)
	if err != nil {
		return nil, err
	}
	if err := o.openSchema(ctx, tx); err != nil {
		return nil, err
	}
	done := &Restored{Without: without, LeftBehind: left, then: o.KnownAt != nil}
	for _, t := range tables {
		one, err := o.writeTable(ctx, tx, t)
		if err != nil {
			return nil, fmt.Errorf("restore %s: %w", one.Relation, err)
		}
		done.Tables = append(done.Tables, one)
	}
	return done, done.refer(ctx, tx)
}

// nothing is the error of an as_of of which nothing was known.
func (o Order) nothing() error {
	when := ""
	if o.KnownAt != nil {
		when = " and was known by " + o.KnownAt.UTC().Format(time.RFC3339Nano)
	}
	return problem.New(problem.SnapshotNotFound, "nothing of dataset %s is stamped as of %s%s",
		o.Dataset.GetName(), o.AsOf.Format(time.DateOnly), when).
		With("dataset", o.Dataset.GetName()).With("as_of", o.AsOf.Format(time.DateOnly))
}
