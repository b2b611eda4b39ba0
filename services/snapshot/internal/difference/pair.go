package difference

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// pair are two states of one snapshot.
type pair struct{ from, to store.Entry }

// pairs finds the snapshots that both sides have, in one state of the catalog.
func (d *Differ) pairs(ctx context.Context, o Order) (all []pair, notCompared []string, err error) {
	var from, to map[string]store.Entry
	err = pgx.BeginTxFunc(ctx, d.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		if from, err = o.entries(ctx, tx, o.From); err == nil {
			to, err = o.entries(ctx, tx, o.To)
		}
		return err
	})
	if err != nil {
		return nil, nil, postgres.Problem(err)
	}
	for _, name := range names(from, to) {
		f, inFrom := from[name]
		t, inTo := to[name]
		switch {
		case !inTo:
			notCompared = append(notCompared, name+" is not there "+o.To.String())
		case !inFrom:
			notCompared = append(notCompared, name+" is not there "+o.From.String())
		default:
			all = append(all, pair{f, t})
		}
	}
	if len(all) == 0 {
		return nil, nil, problem.New(problem.SnapshotNotFound, "expected a snapshot that is stamped %s and %s, found none: %s", o.From, o.To, strings.Join(notCompared, ", ")).
			With("dataset", o.Dataset)
	}
	return all, notCompared, nil
}

// String says when, as in "as of 2024-01-31 in revision 2".
func (s Side) String() string {
	if s.Revision == 0 {
		return "as of " + day(s.AsOf)
	}
	return fmt.Sprintf("as of %s in revision %d", day(s.AsOf), s.Revision)
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

// entries are the catalog's of one side, by snapshot.
func (o Order) entries(ctx context.Context, q postgres.Querier, s Side) (map[string]store.Entry, error) {
	revisions, err := store.List(ctx, q, store.Page{Dataset: o.Dataset, Snapshot: o.Snapshot, AsOf: day(s.AsOf), Superseded: true, Limit: math.MaxInt32})
	if err != nil {
		return nil, err
	}
	found := map[string]store.Entry{}
	var have []string
	for _, e := range revisions {
		have = append(have, fmt.Sprintf("%s %d", e.Snapshot, e.Revision))
		if s.Revision == e.Revision || s.Revision == 0 && e.SupersededAt == nil {
			found[e.Snapshot] = e
		}
	}
	if len(found) > 0 {
		return found, store.AllRetained(found)
	}
	what, instead := "dataset "+o.Dataset, ""
	if o.Snapshot != "" {
		what = "snapshot " + o.Snapshot + " of " + what
	}
	if len(have) > 0 {
		slices.Reverse(have)
		instead = "; its revisions are " + strings.Join(have, ", ")
	}
	return nil, problem.New(problem.SnapshotNotFound, "nothing is stamped of %s %s%s", what, s, instead).
		With("dataset", o.Dataset).With("as_of", day(s.AsOf))
}

// names are those of both sides, in order.
func names(from, to map[string]store.Entry) []string {
	var all []string
	for name := range from {
		all = append(all, name)
	}
	for name := range to {
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
