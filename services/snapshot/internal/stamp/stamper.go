// Package stamp turns candidates into history, in two moves. Prepare hashes and fills
// tables beside the history, one per snapshot, while nobody waits; Stamp attaches
// them all in one short transaction. Discard drops what will not be stamped.
// An order that supersedes gives an as_of a new revision: Prepare copies the rows that are
// stamped and finds those that differ, and Stamp writes these into the attached partition.
//
// Promises: what is stamped never changes, and a revision that is superseded stays
// readable; every snapshot of an as_of is stamped or
// none is; each call may be sent again; a table in the history is known to the
// catalog or to what is prepared, whenever a process or the server is killed.
// Every writing transaction ends with the assertion of the run's fence.
package stamp

import (
	"context"
	"slices"
	"time"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// firstRevision is the revision of a state that nothing supersedes.
const firstRevision = 1

// Options say how a Stamper works.
type Options struct {
	// Parallel is how many snapshots are hashed or filled at once.
	Parallel int
	// LockTimeout is how long one try waits for a lock.
	LockTimeout time.Duration
	// LockTries is how often a transaction that could not have its locks is tried,
	// 10 where it is 0.
	LockTries int
	// OpenSchema says how the schema of a name is opened to the service.
	OpenSchema func(schema string) string
	// Keys make what is shown in place of personal values.
	Keys *personal.Keys
}

// Stamper prepares, stamps and discards. It is safe for concurrent use.
type Stamper struct {
	pool *postgres.Pool
	opts Options
}

// New returns a Stamper on a pool of the service's own role.
func New(pool *postgres.Pool, opts Options) *Stamper {
	if opts.LockTries <= 0 {
		opts.LockTries = 10
	}
	return &Stamper{pool: pool, opts: opts}
}

// Order says what is to be stamped, and on whose behalf.
type Order struct {
	Fence          fence.Fence
	Run            string
	RequestedBy    string
	Batch          string
	DatasetVersion string
	AsOf           time.Time
	Layouts        []layout.Layout
	// Partial says that they are of some of the batch's tables alone: those that a restamp makes
	// again. The other snapshots of the as_of hold what they should.
	Partial bool
	// Supersede gives what is stamped with other content a new revision; Reason says why.
	Supersede bool
	Reason    string
	// Rollback makes earlier revisions current again; nil where the candidates are a delivery.
	Rollback *Rollback
	// Bases are what the candidates of incremental extracts were laid over, by table.
	Bases map[string]store.Base

	targets    map[string]store.Entry
	openSchema func(schema string) string
	keys       *personal.Keys
}

// veil shows the values of a snapshot to people.
func (o Order) veil(l layout.Layout) *personal.Veil {
	return o.keys.Veil(personal.Table{Dataset: o.dataset(), Name: l.From, Key: layout.Names(l.Key), Personal: l.Personal})
}

// dataset is the name that the fence guards.
func (o Order) dataset() string { return o.Fence.Dataset }

// LayoutOf is the layout of a snapshot of the order.
func (o Order) LayoutOf(snapshot string) layout.Layout {
	i := slices.IndexFunc(o.Layouts, func(l layout.Layout) bool { return l.Snapshot == snapshot })
	return o.Layouts[i]
}

func (o Order) date() string { return o.AsOf.Format(time.DateOnly) }

// named is the order by the names that the columns of history have and had.
func (o Order) named(ctx context.Context, q postgres.Querier) (Order, error) {
	layouts, err := called.Of(ctx, q, o.Layouts)
	if err != nil {
		return o, err
	}
	o.Layouts = layouts
	return o.rolledBack(ctx, q)
}

// Candidate is the table as it would be if the batch were published, and how many
// rows it must have.
type Candidate struct {
	Relation relation.Relation
	Rows     int64
	// Delta holds the rows of an incremental extract as they were delivered, so many; nil of
	// a full one.
	Delta     *relation.Relation
	DeltaRows int64
}

// Progress is how far a call has come.
type Progress struct {
	// Snapshot is worked on; empty for all of them.
	Snapshot string
	// Phase is what is being done, a verb.
	Phase string
	// Done and Total are rows.
	Done, Total int64
}

// Report takes progress. It must be safe for concurrent use.
type Report func(Progress)

// tables are those that the order stamps into.
func (o Order) tables() []relation.Relation {
	all := make([]relation.Relation, len(o.Layouts))
	for i, l := range o.Layouts {
		all[i] = l.Table
	}
	return all
}
