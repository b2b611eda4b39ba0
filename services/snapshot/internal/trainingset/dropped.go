package trainingset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// dropped are the places of what a set needs and retention dropped.
type dropped []string

// take notes a revision whose rows are gone.
func (d *dropped) take(p *Pin) {
	if p == nil || p.DroppedAt == nil {
		return
	}
	if here := droppedAt(place(p.Snapshot, p.AsOf), *p.DroppedAt); !slices.Contains(*d, here) {
		*d = append(*d, here)
	}
}

// problem is the error of what was noted; nil where nothing was.
func (d *dropped) problem(name string) error {
	if len(*d) == 0 {
		return nil
	}
	p := problem.New(problem.RetainedNoLonger, "expected what the training set %s is made of to be kept, found that retention dropped %s", name, strings.Join(*d, "; "))
	for _, here := range *d {
		p = p.Violate(strings.Fields(here)[0], "retention dropped %s", here)
	}
	return p
}

func droppedAt(here string, at time.Time) string {
	return fmt.Sprintf("%s (on %s)", here, day(at.UTC()))
}

// droppedSays is what a set says of a revision that it stands on and that was dropped.
func droppedSays(here string, at time.Time) string {
	return fmt.Sprintf("%s: %s: its rows were dropped on %s, as the dataset's history declares", problem.RetainedNoLonger, here, day(at.UTC()))
}

// thereOf are the revisions whose rows are there, behind the newest, and the newest date of
// those that were dropped; the zero time where none was.
func thereOf(pins []Pin) (there []Pin, cut time.Time) {
	for i, p := range pins {
		if p.DroppedAt == nil || i == 0 {
			there = append(there, p)
		} else if p.AsOf.After(cut) {
			cut = p.AsOf
		}
	}
	return there, cut
}

// lost is how many entities have not what was known of them in a source, since dates were
// dropped: all have no row any more, and older one of before those dates.
type lost struct{ all, older int64 }

// cut are the sources in which dates were dropped that entities might have had their row of:
// NULL would stand where something was known, or what had been another since.
func (s *Set) cut(joins []Join) findings {
	var fs findings
	for n, source := range s.Sources {
		var none, older tally
		for _, j := range joins {
			none.add(j.lost[n].all, j.AsOf)
			older.add(j.lost[n].older, j.AsOf)
		}
		if none.entities > 0 {
			fs.add(problem.HistoryCut, source.Table.Snapshot, "expected a row of %s %s for every entity, found none for %s, and earlier dates of it were dropped",
				source.Table.Snapshot, aged(source), none)
		}
		if older.entities > 0 {
			fs.add(problem.HistoryCut, source.Table.Snapshot, "expected the newest row of %s %s for every entity, found for %s one from before dates that were dropped",
				source.Table.Snapshot, aged(source), older)
		}
	}
	return fs
}

// tally counts entities over dates.
type tally struct {
	entities int64
	dates    []string
}

func (t *tally) add(entities int64, asOf time.Time) {
	if entities > 0 {
		t.entities += entities
		t.dates = append(t.dates, day(asOf))
	}
}

// String names the first dates, and counts the others.
func (t tally) String() string {
	dates := t.dates
	if more := len(dates) - maxDatesNamed; more > 0 {
		dates = append(dates[:maxDatesNamed:maxDatesNamed], fmt.Sprintf("%d more", more))
	}
	return prose.Count(t.entities, "row") + " as of " + strings.Join(dates, ", ")
}

// maxDatesNamed is how many dates a finding names before it counts the others.
const maxDatesNamed = 3

// stillThere keeps retention and erases off until the transaction ends, and says whether they
// dropped a date of a set, or took rows out of it, since it was looked at. Errors:
// RETAINED_NO_LONGER, ERASED_SINCE.
func stillThere(ctx context.Context, q postgres.Querier, dataset string, joins []Join) error {
	if _, err := store.LockKnown(ctx, q, dataset); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, p := range pins(joins) {
		if seen[day(p.AsOf)] {
			continue
		}
		seen[day(p.AsOf)] = true
		if err := store.Retained(ctx, q, dataset, p.AsOf); err != nil {
			return err
		}
	}
	found, err := placesOf(ctx, q, dataset, pins(joins))
	if err != nil || len(found.differences) == 0 {
		return err
	}
	return changed(found.differences)
}

// whileThere is stillThere, and runs something before it lets retention go on. It is for who
// holds a connection of the pool already: its session is its own, for of two of the pool's as
// many builds at once as there are would wait for each other.
func (t *Trainer) whileThere(ctx context.Context, dataset string, joins []Join, do func() error) error {
	conn, err := t.pool.Connect(ctx)
	if err != nil {
		return postgres.Problem(fmt.Errorf("connect: %w", err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := postgres.Begin(ctx, conn, pgx.TxOptions{}); err != nil {
		return postgres.Problem(fmt.Errorf("begin: %w", err))
	}
	defer postgres.Rollback(ctx, conn) // it wrote nothing
	if err := stillThere(ctx, conn, dataset, joins); err != nil {
		return err
	}
	return do()
}
