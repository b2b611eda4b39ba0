// Package difference compares two states of a snapshot row by row: two dates, or two
// revisions of one. It reads both once, in one join, and holds no more than some rows in
// memory, however many differ.
package difference

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Side is one of the two.
type Side struct {
	AsOf time.Time
	// Revision is 0 for the current one of each snapshot.
	Revision int32
}

// Order says what is compared.
type Order struct {
	Dataset string
	// Snapshot keeps one; empty keeps all that both sides have.
	Snapshot string
	From, To Side
	// Limit is how many rows of each snapshot are told, after their counts; 0 tells all,
	// before them.
	Limit int64
	// CountsOnly tells no rows.
	CountsOnly bool
	// Personal are the columns of each snapshot whose values are shown to nobody, by the names
	// that they have and had.
	Personal map[string][]string
}

// Head says what is compared of a snapshot.
type Head struct {
	From, To store.Entry
	// Key are the columns that identify a row, Columns the others that both have.
	Key, Columns []layout.Column
	// OnlyFrom and OnlyTo are columns that one of the two was stamped without.
	OnlyFrom, OnlyTo []string

	shown personal.Settled
}

// Row is one that differs.
type Row struct {
	Key []string
	// Added is in the other alone, Removed in the first alone.
	Added, Removed bool
	// Differs says of each of the columns that are compared whether it does. It is true of
	// none where the row is in one of the two alone and has no value.
	Differs []bool
	// From and To are the values that differ, as text: nil for NULL.
	From, To []*string
}

// Counts are how many rows of a snapshot differ.
type Counts struct {
	Added, Removed, Changed int64
	// Columns are in how many of the changed rows each of the columns differs.
	Columns []int64
}

// Teller is told what differs, snapshot by snapshot.
type Teller interface {
	// Head begins a snapshot.
	Head(Head) error
	// Rows takes some rows, which are the teller's from then on.
	Rows([]Row) error
	// Counts ends a snapshot, unless rows are limited: then they follow.
	Counts(Counts) error
}

// Differ compares. It is safe for concurrent use.
type Differ struct {
	pool *postgres.Pool
	keys *personal.Keys
}

// New returns a Differ on a pool of the service's own role. The keys make what is shown in
// place of personal values.
func New(pool *postgres.Pool, keys *personal.Keys) *Differ { return &Differ{pool: pool, keys: keys} }

// Diff compares every snapshot that both sides have, by name, and returns in words which
// were not compared, since one side has none. What is compared is settled before the first
// row is read: a correction that comes meanwhile changes nothing.
// Errors: SNAPSHOT_NOT_FOUND, REVISION_CHANGED, and what the teller returns.
func (d *Differ) Diff(ctx context.Context, o Order, to Teller) (notCompared []string, err error) {
	pairs, notCompared, err := d.pairs(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		if err := d.compare(ctx, o, p, to); err != nil {
			return nil, err
		}
	}
	return notCompared, nil
}
