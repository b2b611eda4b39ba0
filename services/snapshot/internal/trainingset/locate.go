package trainingset

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

func place(snapshot string, asOf time.Time) string { return snapshot + " as of " + day(asOf) }

// difference is a revision that is not as a manifest has it.
type difference struct {
	snapshot string
	says     string
	// dropped says that retention dropped its rows.
	dropped bool
	// erased is how many rows of it were erased since, where that is all that changed.
	erased int64
}

// placesOf finds revisions in the catalog by what they hold: under the same number, or,
// in another installation, under any that has the same content.
func placesOf(ctx context.Context, q postgres.Querier, dataset string, all []Pin) (places, error) {
	c, err := catalogOf(ctx, q, dataset, all)
	if err != nil {
		return places{}, err
	}
	return c.find(ctx, q, all)
}

// catalog is what is known of some snapshots of a dataset.
type catalog struct {
	dataset string
	of      map[string][]store.Entry
	// erased is read where something is not found; nil until then.
	erased erasures
}

func catalogOf(ctx context.Context, q postgres.Querier, dataset string, all []Pin) (*catalog, error) {
	names := make([]string, 0, len(all))
	for _, p := range all {
		names = append(names, p.Snapshot)
	}
	slices.Sort(names)
	entries, err := store.KnownUntil(ctx, q, dataset, slices.Compact(names), endOfTime)
	if err != nil {
		return nil, err
	}
	c := &catalog{dataset: dataset, of: map[string][]store.Entry{}}
	for _, e := range entries {
		c.of[place(e.Snapshot, e.AsOf)] = append(c.of[place(e.Snapshot, e.AsOf)], e)
	}
	return c, nil
}

// find says where each revision is, and how it is not there.
func (c *catalog) find(ctx context.Context, q postgres.Querier, all []Pin) (found places, err error) {
	found = places{at: map[string]store.Entry{}}
	for _, p := range all {
		here := place(p.Snapshot, p.AsOf)
		e, ok := same(p, c.of[here])
		switch {
		case ok && e.DroppedAt == nil:
			found.at[here] = e
		case ok:
			found.differences = append(found.differences, difference{snapshot: p.Snapshot, says: droppedSays(here, *e.DroppedAt), dropped: true})
		default:
			if c.erased == nil {
				if c.erased, err = erasuresOf(ctx, q, c.dataset); err != nil {
					return places{}, err
				}
			}
			found.differences = append(found.differences, c.erased.difference(p, c.of[here]))
		}
	}
	return found, nil
}

// endOfTime is after every moment at which something became known.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// same is the revision that has the content of a pin, that of the same number before others.
func same(p Pin, revisions []store.Entry) (store.Entry, bool) {
	var other store.Entry
	found := false
	for _, e := range revisions {
		switch {
		case e.ContentHash != p.ContentHash || len(e.Columns) != len(p.Names):
		case e.Revision == p.Revision:
			return e, true
		case !found:
			other, found = e, true
		}
	}
	return other, found
}

func contents(revisions []store.Entry) string {
	if len(revisions) == 0 {
		return "that nothing is stamped"
	}
	newest := revisions[0]
	return fmt.Sprintf("revision %d with %s", newest.Revision, newest.ContentHash)
}

// changed is the error of revisions that are not as a manifest has them.
// Errors: RETAINED_NO_LONGER where retention dropped one, ERASED_SINCE where nothing but
// erasures changed them, otherwise TRAINING_SET_CHANGED.
func changed(differences []difference) error {
	p := problem.New(reasonOf(differences), "the training set cannot be made again: %s", differences[0].says)
	if more := len(differences) - 1; more > 0 {
		p.Message += fmt.Sprintf("; and %d more", more)
	}
	for _, d := range differences {
		p = p.Violate(d.snapshot, "%s", d.says)
	}
	return p
}
