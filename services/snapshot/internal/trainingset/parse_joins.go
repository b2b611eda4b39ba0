package trainingset

import (
	"errors"
	"fmt"
	"time"

	"github.com/streamflow/streamflow/dataset"
)

// join puts the revisions of the manifest where its dates use them.
func (r *Recipe) join() error {
	if len(r.Manifest.Joins) == 0 {
		return errors.New("joins: expected one for each date, found none")
	}
	pinned, err := r.Manifest.pinned()
	if err != nil {
		return err
	}
	used := map[string]bool{}
	take := func(snapshot string, asOf time.Time) (Pin, error) {
		p, ok := pinned[place(snapshot, asOf)]
		if !ok {
			return Pin{}, fmt.Errorf("snapshots: expected %s, found none", place(snapshot, asOf))
		}
		used[place(snapshot, asOf)] = true
		return p, nil
	}
	for i, entry := range r.Manifest.Joins {
		j, err := r.joinOf(i, entry, take)
		if err != nil {
			return err
		}
		if p, ok := pinned[place(r.Set.Label.Snapshot, j.LabelAsOf)]; ok {
			j.Label = &p
			used[place(p.Snapshot, p.AsOf)] = true
		}
		r.joins = append(r.joins, j)
	}
	if len(used) != len(pinned) {
		return errors.New("snapshots: expected those that the joins use, found more")
	}
	return nil
}

func (r *Recipe) joinOf(i int, entry JoinEntry, take func(string, time.Time) (Pin, error)) (Join, error) {
	j := Join{AsOf: r.Set.Dates[i], LabelAsOf: r.Set.LabelDates[i]}
	if day(j.AsOf) != entry.AsOf || day(j.LabelAsOf) != entry.LabelAsOf {
		return j, errors.New("joins: expected them in the order of their dates")
	}
	if len(entry.Sources) != len(r.Set.Sources) {
		return j, fmt.Errorf("joins: expected %d sources as of %s, found %d", len(r.Set.Sources), entry.AsOf, len(entry.Sources))
	}
	if r.Set.Given == nil {
		entities, err := take(r.Set.Entities.Snapshot, j.AsOf)
		if err != nil {
			return j, err
		}
		j.Entities = &entities
	}
	for n, days := range entry.Sources {
		pins := make([]Pin, 0, len(days))
		for k, d := range days {
			asOf, err := dataset.ParseAsOf(d)
			if err != nil {
				return j, fmt.Errorf("joins: %w", err)
			}
			if asOf.After(j.AsOf) || k > 0 && !asOf.Before(pins[k-1].AsOf) {
				return j, fmt.Errorf("joins: expected as_of dates of features until %s, the newest first, found %s", entry.AsOf, d)
			}
			p, err := take(r.Set.Sources[n].Table.Snapshot, asOf)
			if err != nil {
				return j, err
			}
			pins = append(pins, p)
		}
		if len(pins) == 0 {
			return j, fmt.Errorf("joins: expected an as_of of every source as of %s, found none of %s", entry.AsOf, r.Set.Sources[n].Table.Snapshot)
		}
		j.Sources = append(j.Sources, pins)
	}
	return j, nil
}

// pinned are the revisions of a manifest, by snapshot and as_of.
func (m *Manifest) pinned() (map[string]Pin, error) {
	all := map[string]Pin{}
	for _, e := range m.Snapshots {
		asOf, err := dataset.ParseAsOf(e.AsOf)
		if err != nil {
			return nil, fmt.Errorf("snapshots: %w", err)
		}
		here := place(e.Snapshot, asOf)
		if _, twice := all[here]; twice {
			return nil, fmt.Errorf("snapshots: %s stands twice", here)
		}
		all[here] = Pin{Snapshot: e.Snapshot, AsOf: asOf, Revision: e.Revision, ContentHash: e.ContentHash, KnownAt: e.KnownAt, Rows: e.Rows, Names: e.Columns}
	}
	return all, nil
}
