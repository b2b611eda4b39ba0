// Package retain drops the dates that the history of a dataset is not to keep.
//
// Promises: what goes is written into the catalog, under the run's fence, before the first
// table goes, and from then on every read of the date is refused; whoever comes after a crash
// goes on from there. Readers wait for nothing: a partition is detached concurrently, and
// dropped once nobody can see it. Nothing of anybody else's is dropped: what stands on a table
// of a date keeps the date, is named, and the rest goes. A date is dropped with all its
// snapshots, revisions and delivered rows; its entries in the catalog stay, and a date that
// was dropped is never stamped again, so that no table gets the name of one that goes.
package retain

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Options say how a Retainer works.
type Options struct {
	// LockTimeout is how long one try waits for a lock, or for readers.
	LockTimeout time.Duration
	// Tries is how often a table that somebody reads is tried, 3 where it is 0. The next
	// retention tries again.
	Tries int
}

// Retainer drops dates. It is safe for concurrent use.
type Retainer struct {
	pool *postgres.Pool
	opts Options
}

// New returns a Retainer on a pool of the service's own role.
func New(pool *postgres.Pool, opts Options) *Retainer {
	if opts.Tries <= 0 {
		opts.Tries = 3
	}
	return &Retainer{pool: pool, opts: opts}
}

// Order says whose history is cut, and on whose behalf.
type Order struct {
	Fence       fence.Fence
	Run         string
	RequestedBy string
	Rule        Rule
}

// Hindrance is what is in the way of a date that is due.
type Hindrance struct {
	AsOf     time.Time
	Snapshot string
	// Found says what, and Mend what to do about it.
	Found, Mend string
	// Dropped says that the date is dropped already, and only a table is still there.
	Dropped bool
}

// Result is what came of a retention.
type Result struct {
	// Dates are those that were dropped, or of which what was left was; newest first.
	Dates      []Date
	Hindrances []Hindrance
	// Held are those that the rule would not keep and that something does; newest first.
	Held []Date
}

// Plan says of every date what becomes of it; with asOf, as if that were stamped already.
func (r *Retainer) Plan(ctx context.Context, dataset string, rule Rule, asOf *time.Time) ([]Date, error) {
	dates, err := store.Dates(ctx, r.pool, dataset)
	if err != nil {
		return nil, err
	}
	if asOf != nil {
		dates = withDate(dates, *asOf)
	}
	return rule.judge(dataset, dates), nil
}

// withDate puts a date among those that are stamped, unless it is one of them.
func withDate(dates []store.Date, asOf time.Time) []store.Date {
	i, found := slices.BinarySearchFunc(dates, asOf, func(d store.Date, t time.Time) int { return t.Compare(d.AsOf) })
	if found {
		return dates
	}
	return slices.Insert(dates, i, store.Date{AsOf: asOf})
}

// Retain drops what is due, and goes on with what is under way. Errors: FENCE_LOST.
func (r *Retainer) Retain(ctx context.Context, o Order) (Result, error) {
	if err := o.Fence.Check(ctx, r.pool); err != nil {
		return Result{}, err
	}
	var result Result
	open, err := r.intend(ctx, o, &result)
	if err != nil {
		return Result{}, err
	}
	d := dropper{Retainer: r, fence: o.Fence, busy: map[relation.Relation]bool{}}
	defer d.close()
	for _, date := range open {
		if err := d.drop(ctx, date, &result); err != nil {
			return Result{}, err
		}
		result.Dates = append(result.Dates, date)
	}
	return result, nil
}

// intend writes into the catalog what goes, and returns it with what is under way. Nobody can
// stamp, build a training set or pin a date meanwhile.
func (r *Retainer) intend(ctx context.Context, o Order, result *Result) ([]Date, error) {
	var open []Date
	err := o.Fence.Tx(ctx, r.pool, func(ctx context.Context, conn *pgx.Conn) error {
		open, result.Hindrances, result.Held = nil, nil, nil
		if err := store.LockHistory(ctx, conn, o.Fence.Dataset); err != nil {
			return err
		}
		dates, err := store.Dates(ctx, conn, o.Fence.Dataset)
		if err != nil {
			return err
		}
		for _, d := range o.Rule.judge(o.Fence.Dataset, dates) {
			switch d.State {
			case UnderWay:
				open = append(open, d)
			case Due:
				free, err := record(ctx, conn, o, d, result)
				if err != nil {
					return err
				}
				if free {
					open = append(open, d)
				}
			case Held:
				result.Held = append(result.Held, d)
			case Kept, Dropped:
			}
		}
		return nil
	})
	return open, err
}

// record records that a date goes, unless something stands on one of its tables.
func record(ctx context.Context, conn *pgx.Conn, o Order, d Date, result *Result) (free bool, err error) {
	tables, err := store.TablesOfDate(ctx, conn, o.Fence.Dataset, d.AsOf)
	if err != nil {
		return false, err
	}
	before := len(result.Hindrances)
	for _, t := range tables {
		found, mend, err := inTheWay(ctx, conn, t)
		if err != nil {
			return false, err
		}
		if found != "" {
			result.Hindrances = append(result.Hindrances, Hindrance{AsOf: d.AsOf, Snapshot: t.Snapshot, Found: found, Mend: mend})
		}
	}
	if len(result.Hindrances) > before {
		return false, nil
	}
	why := fmt.Sprintf("dropped by %s: %s", o.Run, o.Rule)
	return true, store.Drop(ctx, conn, store.Dropped{Dataset: o.Fence.Dataset, AsOf: d.AsOf, Run: o.Run, RequestedBy: o.RequestedBy, Why: why})
}
