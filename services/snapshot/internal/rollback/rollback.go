// Package rollback finds what a rollback of an as_of makes current again: the state that
// was known at an earlier moment. It writes nothing.
//
// The moments of an as_of are those at which it was stamped, and each is the state that was
// known then. One that a rollback made counts as the state that it made current again: so a
// second rollback goes on to the state before, and does not bring back what the first one
// took away.
package rollback

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Wanted says which state of an as_of is wanted.
type Wanted struct {
	Dataset string
	AsOf    time.Time
	// Snapshots are those that the dataset declares; others are left alone.
	Snapshots []string
	// Revision to go back to; 0 for the state before the last change.
	Revision int32
	// Of is the snapshot whose revision that is; empty where none is named.
	Of string
}

// Target is a state of an as_of.
type Target struct {
	KnownAt time.Time
	// Batch is the one that was stamped then.
	Batch string
	// Revisions are those that were current, by snapshot.
	Revisions map[string]store.Entry
	// Keep are snapshots that were first stamped later.
	Keep []string
}

// Find finds the state. Errors: SNAPSHOT_NOT_FOUND, RETAINED_NO_LONGER, ROLLBACK_REFUSED.
func Find(ctx context.Context, q postgres.Querier, w Wanted) (*Target, error) {
	all, err := store.RevisionsOf(ctx, q, w.Dataset, w.AsOf)
	if err != nil {
		return nil, err
	}
	undone, err := store.RolledBack(ctx, q, w.Dataset, w.AsOf)
	if err != nil {
		return nil, err
	}
	h := history{Wanted: w, undone: undone}
	for _, e := range all {
		if slices.Contains(w.Snapshots, e.Snapshot) {
			h.entries = append(h.entries, e)
		}
	}
	if len(h.entries) == 0 {
		return nil, problem.New(problem.SnapshotNotFound, "nothing of dataset %s is stamped as of %s", w.Dataset, w.date()).
			With("dataset", w.Dataset).With("as_of", w.date())
	}
	if err := h.entries[0].Retained(); err != nil { // a date is dropped with all its revisions
		return nil, err
	}
	at, err := h.moment()
	if err != nil {
		return nil, err
	}
	return h.target(h.completed(at)), nil
}

func (w Wanted) date() string { return w.AsOf.Format(time.DateOnly) }

// history are the revisions of an as_of, in the order in which they became known, and which
// moments are those of rollbacks, with the moment whose state each made current again.
type history struct {
	Wanted
	entries []store.Entry
	undone  map[time.Time]time.Time
}

// moment is the one to go back to.
func (h history) moment() (time.Time, error) {
	if h.Revision > 0 {
		return h.named()
	}
	now := h.entries[len(h.entries)-1].KnownAt
	from := h.stands(now)
	current := h.state(now)
	for i := len(h.entries) - 1; i >= 0; i-- {
		if at := h.entries[i].KnownAt; at.Before(from) && differ(current, h.state(at)) {
			return at, nil
		}
	}
	return now, h.nothingBefore(now, from)
}

// stands is the moment whose state was current at a moment.
func (h history) stands(at time.Time) time.Time {
	for range h.entries { // each is of an earlier one
		before, ok := h.undone[at]
		if !ok {
			break
		}
		at = before
	}
	return at
}

// state is what was current at a moment, by snapshot.
func (h history) state(at time.Time) map[string]store.Entry {
	state := map[string]store.Entry{}
	for _, e := range h.entries {
		if !e.KnownAt.After(at) {
			state[e.Snapshot] = e
		}
	}
	return state
}

// completed is the last moment at which what was known at a moment was all that is known of
// its snapshots: others that were first stamped meanwhile are of the same state, since a
// delivery with other content would have made revisions.
func (h history) completed(at time.Time) time.Time {
	had := h.state(at)
	later := slices.IndexFunc(h.entries, func(e store.Entry) bool { return e.KnownAt.After(at) })
	if later < 0 {
		return at
	}
	end := len(h.entries)
	for i := later; i < len(h.entries); i++ {
		e := h.entries[i]
		if _, again := had[e.Snapshot]; again {
			end = i
			break
		}
		had[e.Snapshot] = e
	}
	for _, e := range h.entries[later:end] {
		if end == len(h.entries) || e.KnownAt.Before(h.entries[end].KnownAt) {
			at = e.KnownAt
		}
	}
	return at
}

// differ says whether a snapshot of the earlier state has other content in the later one.
func differ(later, earlier map[string]store.Entry) bool {
	for name, e := range earlier {
		if later[name].ContentHash != e.ContentHash || !slices.Equal(later[name].Columns, e.Columns) {
			return true
		}
	}
	return false
}

// named is the moment at which the revision of the wanted number became known.
func (h history) named() (time.Time, error) {
	of := map[time.Time][]string{}
	newest := int32(0)
	for _, e := range h.entries {
		if h.Of != "" && e.Snapshot != h.Of {
			continue
		}
		newest = max(newest, e.Revision)
		if e.Revision == h.Revision {
			of[e.KnownAt] = append(of[e.KnownAt], e.Snapshot)
		}
	}
	moments := slices.SortedFunc(maps.Keys(of), time.Time.Compare)
	switch {
	case newest == 0:
		return time.Time{}, h.refuse("revision_of", "expected a snapshot that is stamped as of %s, found %q", h.date(), h.Of)
	case len(moments) == 0:
		return time.Time{}, h.refuse("to_revision", "expected a revision up to %d, found %d", newest, h.Revision)
	case len(moments) > 1:
		var said []string
		for _, at := range moments {
			said = append(said, fmt.Sprintf("%s of %s", at.UTC().Format(time.RFC3339Nano), strings.Join(of[at], ", ")))
		}
		return time.Time{}, h.refuse("revision_of", "revision %d became known at %s: %s; name the snapshot whose revision is meant",
			h.Revision, prose.Count(int64(len(moments)), "moment"), strings.Join(said, "; "))
	}
	return moments[0], nil
}

// nothingBefore is the error of a state before which no other was known.
func (h history) nothingBefore(now, stands time.Time) error {
	if stands.Equal(now) {
		return h.refuse("as_of", "nothing else was known of %s before what is current", h.date())
	}
	return h.refuse("as_of", "%s was rolled back already, and nothing else was known of it before what is current; to go to a later revision again, name it", h.date())
}

func (h history) refuse(field, format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	return problem.New(problem.RollbackRefused, "dataset %s cannot be rolled back as of %s: %s",
		h.Dataset, h.date(), why).
		With("dataset", h.Dataset).With("as_of", h.date()).Violate(field, "%s", why)
}

// target is the state of a moment.
func (h history) target(at time.Time) *Target {
	t := &Target{KnownAt: at, Revisions: h.state(at)}
	for _, e := range h.entries {
		if e.KnownAt.Equal(at) {
			t.Batch = e.Batch
		}
		if _, ok := t.Revisions[e.Snapshot]; !ok && !slices.Contains(t.Keep, e.Snapshot) {
			t.Keep = append(t.Keep, e.Snapshot)
		}
	}
	slices.Sort(t.Keep)
	return t
}
