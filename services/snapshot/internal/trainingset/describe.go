package trainingset

import (
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/snapshot/internal/entityfile"
	"github.com/streamflow/streamflow/services/snapshot/internal/format"
)

// describe writes a set down: what it is, what it is made of, and how.
func (s *Set) describe(m *Manifest, joins []Join, counts Counts) error {
	definition, err := definitionJSON(s.Definition)
	if err != nil {
		return err
	}
	m.Format, m.Name, m.Definition = Format, s.Definition.GetName(), definition
	m.Columns, m.Rows, m.Labelled = s.columnEntries(), counts.Rows, counts.Labelled
	for _, t := range s.tables() {
		m.Tables = append(m.Tables, TableEntry{Snapshot: t.Snapshot, Key: typed(t.Key), Columns: typed(t.Columns)})
	}
	for _, p := range pins(joins) {
		m.Snapshots = append(m.Snapshots, PinEntry{
			Snapshot: p.Snapshot, AsOf: day(p.AsOf), Revision: p.Revision, ContentHash: p.ContentHash, KnownAt: p.KnownAt.UTC(), Rows: p.Rows, Columns: p.Names,
		})
	}
	for _, j := range joins {
		m.Joins = append(m.Joins, joinEntry(j))
	}
	if g := s.Given; g != nil {
		m.EntityRows = &EntityRowsEntry{Name: g.Name, ContentHash: g.Hash, Rows: g.Rows}
	}
	for i, p := range s.Definition.GetSplit().GetParts() {
		m.Parts = append(m.Parts, PartEntry{p.GetName(), counts.Parts[i]})
	}
	m.Query = s.query(joins)
	return nil
}

func joinEntry(j Join) JoinEntry {
	e := JoinEntry{AsOf: day(j.AsOf), LabelAsOf: day(j.LabelAsOf), Sources: [][]string{}}
	for _, source := range j.Sources {
		dates := []string{}
		for _, p := range source {
			dates = append(dates, day(p.AsOf))
		}
		e.Sources = append(e.Sources, dates)
	}
	return e
}

// columnEntries are the columns of the set, in order.
func (s *Set) columnEntries() []ColumnEntry {
	var all []ColumnEntry
	for _, c := range s.Entities.Key {
		all = append(all, ColumnEntry{Role: "key", Source: s.Entities.Snapshot + "." + c.Name})
	}
	if s.Given != nil {
		all = append(all, ColumnEntry{Role: entityfile.EventTimestamp})
	}
	all = append(all, ColumnEntry{Role: "as_of"})
	for _, f := range s.Features {
		all = append(all, ColumnEntry{Role: "feature", Source: s.origin(f)})
	}
	all = append(all, ColumnEntry{Role: "label", Source: s.Label.Snapshot + "." + s.LabelColumn.Name})
	if s.Definition.GetSplit() != nil {
		all = append(all, ColumnEntry{Role: "split"})
	}
	for i, c := range s.columns() {
		all[i].Name, all[i].Type = c.Name, c.Type.String()
	}
	return all
}

// query is every statement of the set, for people to read and to run: as CSV has it.
func (s *Set) query(joins []Join) string {
	statements, columns := make([]string, len(joins)), s.columns()
	for i, j := range joins {
		statements[i] = s.rows(j, format.CSV, columns) + ";"
	}
	return strings.Join(statements, "\n\n")
}

// datesOf are the dates of some days.
func datesOf(days []string) ([]time.Time, error) {
	dates := make([]time.Time, 0, len(days))
	for _, d := range days {
		asOf, err := dataset.ParseAsOf(d)
		if err != nil {
			return nil, err
		}
		dates = append(dates, asOf)
	}
	if !slices.IsSortedFunc(dates, time.Time.Compare) {
		slices.SortFunc(dates, time.Time.Compare)
	}
	return dates, nil
}
