// Package layout says how the snapshots of a dataset lie in PostgreSQL: which table
// readers use, its columns in order, and what its partitions are called. It decides
// names and shapes, and runs nothing.
package layout

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// AsOf is the column by which every snapshot table is partitioned.
const AsOf = "as_of"

// Column is a column of a snapshot.
type Column struct {
	Name string
	Type dataset.ColumnType
	// Was is what history calls the column that is to be renamed yet; empty of others.
	Was string
}

// InHistory is what the column is called where it was stamped.
func (c Column) InHistory() string {
	if c.Was != "" {
		return c.Was
	}
	return c.Name
}

// Layout is how one snapshot lies in PostgreSQL.
type Layout struct {
	// Snapshot is its name.
	Snapshot string
	// From is the dataset's table whose candidate it is filled from.
	From string
	// Table is the partitioned table that readers use.
	Table relation.Relation
	// Key holds the columns that identify a row within an as_of.
	Key []Column
	// Rest holds the other columns, without as_of.
	Rest []Column
	// Renames are the columns that were called otherwise, and those whose name another
	// column has by now, kept or not. Which of them are to be renamed yet the columns that
	// stand say; of a name that was passed on ([Layout.PassedOn]) nothing but the ledger
	// tells, and what was carried out is not among them.
	Renames rename.Pairs
	// Read is where views show it to tools.
	Read Read
	// Since is the first as_of that there is anything of it, YYYY-MM-DD; empty where there
	// is of every one.
	Since string
	// Personal are the columns whose values are shown to nobody, by the names that they have
	// and had.
	Personal []string
}

// Read is where views show a snapshot to the tools that read it.
type Read struct {
	// Schema is that of the views; empty where there are none.
	Schema string
	// Labels is the name of the view with period_start; empty of a snapshot that no training
	// set takes its label from.
	Labels string
}

// Columns returns the columns besides as_of, the key first.
func (l Layout) Columns() []Column { return slices.Concat(l.Key, l.Rest) }

// PrimaryKey returns the names of the table's primary key: the key, then as_of.
func (l Layout) PrimaryKey() []string { return append(Names(l.Key), AsOf) }

// Names returns the names of columns.
func Names(columns []Column) []string {
	names := make([]string, 0, len(columns)+1)
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names
}

// PassedOn are the renames of columns whose name another column of the layout has by now:
// the same name stands before and after, with another meaning. Rings are among them.
func (l Layout) PassedOn() rename.Pairs {
	rings, kept := l.Renames.Rings(), Names(l.Columns())
	var all rename.Pairs
	for _, p := range l.Renames {
		if slices.Contains(rings, p) || slices.Contains(kept, p.From) {
			all = append(all, p)
		}
	}
	return all
}

// Of lays out every snapshot of a dataset, in the declared order. It returns
// DATASET_INVALID where a snapshot names a table or a column that is not there.
func Of(d *datasetv1.Dataset) ([]Layout, error) {
	layouts := make([]Layout, 0, len(d.GetSnapshots()))
	invalid := problem.New(problem.DatasetInvalid,
		"dataset %s declares snapshots that cannot be laid out; correct it and register it again", d.GetName())
	for i, s := range d.GetSnapshots() {
		l, err := one(d, s)
		if err != nil {
			invalid = invalid.Violate(fmt.Sprintf("snapshots[%d]", i), "snapshot %s: %v", s.GetName(), err)
			continue
		}
		layouts = append(layouts, l)
	}
	if len(invalid.Violations) > 0 {
		return nil, invalid
	}
	return layouts, nil
}

func one(d *datasetv1.Dataset, s *datasetv1.Snapshot) (Layout, error) {
	l := Layout{
		Snapshot: s.GetName(), From: s.GetFrom(),
		Table: relation.Relation{Schema: dataset.Schema(d), Name: s.GetName()},
	}
	if schema := d.GetReadSchema(); schema != "" {
		l.Read = Read{Schema: schema, Labels: dataset.LabelViews(d)[s.GetName()]}
	}
	table := dataset.TableByName(d, s.GetFrom())
	if table == nil {
		return l, fmt.Errorf("expected a table of the dataset in from, found %q", s.GetFrom())
	}
	l.Since = table.GetSince()
	for _, name := range slices.Concat(table.GetKey(), s.GetColumns()) {
		if dataset.ColumnByName(table, name) == nil {
			return l, fmt.Errorf("expected a column of table %s, found %q", table.GetName(), name)
		}
	}
	for _, c := range dataset.SnapshotColumns(d, s) {
		typ, err := dataset.ParseType(c.GetType())
		if err != nil {
			return l, fmt.Errorf("type of column %s: %w", c.GetName(), err)
		}
		column := Column{Name: c.GetName(), Type: typ}
		if slices.Contains(table.GetKey(), column.Name) {
			l.Key = append(l.Key, column)
		} else {
			l.Rest = append(l.Rest, column)
		}
	}
	kept, renames := Names(l.Columns()), rename.Of(table)
	personally := dataset.Personal(d)[table.GetName()]
	l.Personal = slices.Concat(personally, renames.AllBefore(personally))
	for _, p := range renames {
		ofOurs := slices.Contains(kept, p.To) || slices.Contains(kept, p.From)
		if ofOurs && p.From != AsOf { // which is the history's own
			l.Renames = append(l.Renames, p)
		}
	}
	return l, nil
}
