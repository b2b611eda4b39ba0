package trainingset

import (
	"slices"
	"time"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Pin is a revision of a snapshot that a set is made of.
type Pin struct {
	Snapshot    string
	AsOf        time.Time
	Revision    int32
	ContentHash string
	KnownAt     time.Time
	Rows        int64
	// Names are what the set calls the columns that it was stamped with, in their order, and
	// Columns what they are called where the rows are now: a dataset may rename them. What a
	// set takes and is not among them is NULL in its rows.
	Names, Columns []string
	// Relation holds its rows now; the catalog says where, each time anew.
	Relation relation.Relation
	// DroppedAt is when retention dropped its rows; nil where they are there.
	DroppedAt *time.Time
}

func pinOf(e store.Entry, now func(columns []string) []string) Pin {
	return Pin{
		Snapshot: e.Snapshot, AsOf: e.AsOf, Revision: e.Revision, ContentHash: e.ContentHash,
		KnownAt: e.KnownAt, Rows: e.Rows, Names: now(e.Columns), Columns: e.Columns, Relation: e.Relation,
		DroppedAt: e.DroppedAt,
	}
}

// history is what was known at the cut-off: of each snapshot and as_of one revision.
type history map[string][]Pin

// known takes of each as_of the revision that became known last. Entries come newest
// as_of first, and of one as_of the last known first. What a layout is to rename yet, the
// set calls by its newer name.
func known(entries []store.Entry, layouts []layout.Layout) history {
	now := map[string]func([]string) []string{}
	for _, l := range layouts {
		now[l.Snapshot] = l.Now
	}
	h := history{}
	for _, e := range entries {
		pins := h[e.Snapshot]
		if n := len(pins); n > 0 && pins[n-1].AsOf.Equal(e.AsOf) {
			continue
		}
		h[e.Snapshot] = append(pins, pinOf(e, now[e.Snapshot]))
	}
	return h
}

// at is the revision of a snapshot as of a date, or nil.
func (h history) at(snapshot string, asOf time.Time) *Pin {
	for i, p := range h[snapshot] {
		if p.AsOf.Equal(asOf) {
			return &h[snapshot][i]
		}
	}
	return nil
}

// between are the revisions of a snapshot from one as_of to another, the newest first.
func (h history) between(snapshot string, from, to time.Time) []Pin {
	var pins []Pin
	for _, p := range h[snapshot] {
		if !p.AsOf.Before(from) && !p.AsOf.After(to) {
			pins = append(pins, p)
		}
	}
	return pins
}

// Join is what the rows of one date are made of.
type Join struct {
	// AsOf is T, and LabelAsOf the date of its label.
	AsOf, LabelAsOf time.Time
	// First is the day of its earliest row; T itself where the entities are of a snapshot.
	First time.Time
	// Entities holds the entities of T; nil where somebody brought them.
	Entities *Pin
	// Sources are, for each source of the set, the revisions that hold a row for any of the
	// entities, the newest first: an entity takes its row of the first that has one.
	Sources [][]Pin
	// Label is nil where it is not stamped.
	Label *Pin
	// Cut is, for each source, the newest date that a row might have been taken of and that
	// was dropped, the zero time where none was; and lost, once it is planned, how many
	// entities that concerns.
	Cut  []time.Time
	lost []lost
}

// pins are all that the joins use, each once, by snapshot and as_of.
func pins(joins []Join) []Pin {
	var all []Pin
	for _, j := range joins {
		if j.Entities != nil {
			all = append(all, *j.Entities)
		}
		if j.Label != nil {
			all = append(all, *j.Label)
		}
		for _, source := range j.Sources {
			all = append(all, source...)
		}
	}
	slices.SortFunc(all, comparePins)
	return slices.CompactFunc(all, func(a, b Pin) bool { return comparePins(a, b) == 0 })
}
