// Package trainingset makes what a model is trained on out of the history: for each
// entity of a date T the newest features as of T or before, and the label of a period
// after T.
//
// Build resolves once which revisions of which snapshots a set is made of, holds it to
// the guards against leaks, and records both in a manifest. Export, Verify and Rebuild go
// by that list, and never by a clock: the same manifest gives the same bytes for ever, or
// an error that says which snapshot changed. Nothing is materialised.
package trainingset

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Table is what a set uses of a snapshot: its key, and the columns that are taken of it
// or compared in it.
type Table struct {
	Snapshot string
	Key      []layout.Column
	Columns  []layout.Column
	// Since is the first as_of that there is anything of it, YYYY-MM-DD; empty where there
	// is of every one.
	Since string
}

// since says of a date before anything is collected that this is so; nothing of any other.
func (t Table) since(asOf time.Time) string {
	if t.Since <= day(asOf) {
		return ""
	}
	return ": its table is collected since " + t.Since + " only"
}

// column finds one of the table's, of the key or not.
func (t Table) column(name string) (layout.Column, bool) {
	for _, c := range slices.Concat(t.Key, t.Columns) {
		if c.Name == name {
			return c, true
		}
	}
	return layout.Column{}, false
}

// Source is where features come from: a snapshot, and how old a row of it may be.
type Source struct {
	Table Table
	// TTL is how many periods old the newest row may be; nil where there is no limit.
	TTL *int32
}

// Feature is a column that a model learns from.
type Feature struct {
	// Name is what it is called in the set.
	Name string
	// Source is the index of where it comes from.
	Source int
	Column layout.Column
	// Window is over how many days before its as_of it was observed.
	Window int
}

// Set is a training set that is resolved: what it is made of in plain terms.
type Set struct {
	Definition *datasetv1.TrainingSet
	// Dates are T, the earliest first, and LabelDates those of each one's label.
	Dates, LabelDates []time.Time
	Entities          Table
	Sources           []Source
	Features          []Feature
	Label             Table
	LabelColumn       layout.Column
	LabelName         string
	// Given are rows that somebody brought; nil where the entities are those of a snapshot.
	Given *Given
}

// resolve puts a definition together with the tables that it names. A definition that was
// linted against the dataset of these tables resolves; one of a manifest may not.
func resolve(definition *datasetv1.TrainingSet, tables map[string]Table, dates, labels []time.Time) (*Set, error) {
	s := &Set{Definition: definition, Dates: dates, LabelDates: labels, LabelName: dataset.LabelName(definition.GetLabel())}
	var err error
	if s.Entities, err = tableOf(tables, definition.GetEntities().GetSnapshot()); err != nil {
		return nil, err
	}
	for _, f := range definition.GetFeatures() {
		if err := s.addFeature(f, tables); err != nil {
			return nil, err
		}
	}
	of := dataset.ParseSnapshotColumn(definition.GetLabel().GetColumn())
	if s.Label, err = tableOf(tables, of.Snapshot); err != nil {
		return nil, err
	}
	s.LabelColumn, err = columnOf(s.Label, of.Column)
	return s, err
}

func (s *Set) addFeature(f *datasetv1.Feature, tables map[string]Table) error {
	of := dataset.ParseSnapshotColumn(f.GetColumn())
	table, err := tableOf(tables, of.Snapshot)
	if err != nil {
		return err
	}
	column, err := columnOf(table, of.Column)
	if err != nil {
		return err
	}
	s.Features = append(s.Features, Feature{
		Name: dataset.FeatureName(f), Source: s.source(table, f.Ttl), Column: column, Window: int(f.GetWindow()),
	})
	return nil
}

// source is the index of a snapshot at an age, which features share.
func (s *Set) source(table Table, ttl *int32) int {
	for i, known := range s.Sources {
		if known.Table.Snapshot == table.Snapshot && (known.TTL == nil) == (ttl == nil) && (ttl == nil || *known.TTL == *ttl) {
			return i
		}
	}
	s.Sources = append(s.Sources, Source{Table: table, TTL: ttl})
	return len(s.Sources) - 1
}

// snapshots are the names of all that the set is made of, each once, in order.
func (s *Set) snapshots() []string {
	names := []string{s.Label.Snapshot}
	if s.Given == nil {
		names = append(names, s.Entities.Snapshot)
	}
	for _, source := range s.Sources {
		names = append(names, source.Table.Snapshot)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tables are all that the set is made of, each once, by name.
func (s *Set) tables() []Table {
	all := []Table{s.Entities, s.Label}
	for _, source := range s.Sources {
		all = append(all, source.Table)
	}
	slices.SortStableFunc(all, func(a, b Table) int { return cmp.Compare(a.Snapshot, b.Snapshot) })
	return slices.CompactFunc(all, func(a, b Table) bool { return a.Snapshot == b.Snapshot })
}

func tableOf(tables map[string]Table, name string) (Table, error) {
	table, ok := tables[name]
	if !ok {
		return Table{}, fmt.Errorf("expected a snapshot of the dataset, found %q", name)
	}
	return table, nil
}

func columnOf(table Table, name string) (layout.Column, error) {
	column, ok := table.column(name)
	if !ok {
		return layout.Column{}, fmt.Errorf("expected a column of snapshot %s, found %q", table.Snapshot, name)
	}
	return column, nil
}
