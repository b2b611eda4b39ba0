// Package declared is what a dataset declares, as ingest works with it: tables in
// the order of publishing, columns with their types, keys and parents resolved. A
// dataset that breaks a rule of the declaration does not get this far.
package declared

import (
	"slices"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Dataset is a dataset's tables, in the order of its declaration.
type Dataset struct {
	Name   string
	Tables []*Table
	// Stale is what it weighs that every file is the same as that of another as_of.
	Stale datasetv1.Severity
	// Calendar has the dates that an as_of may be.
	Calendar *datasetv1.Calendar
	// RefusesErased says that rows of erased keys stop a run, DropsErased that they are left out.
	RefusesErased, DropsErased bool
	order                      []string
}

// Table is one table of the dataset, the file that feeds it, and its live table.
type Table struct {
	Name string
	// File that delivers it, relative to the source.
	File       string
	Live       relation.Relation
	Columns    []Column
	Key        []string
	References []Reference
	// Renames are the columns that were called otherwise before.
	Renames rename.Pairs
	// Deletes says that live rows whose key a full extract lacks are deleted.
	Deletes bool
	// DepartedLimit is the share of the live rows, 0 to 1, that one batch may delete.
	DepartedLimit float64
	// Stale is what it weighs that the file is the same as that of another as_of.
	Stale datasetv1.Severity
	// Incremental says that the file holds only what is new or changed.
	Incremental bool
	// Adopt says that a live table which another role owns may be written into.
	Adopt bool
	// Deleted says which of its rows delete others; nil where none does.
	Deleted *Deletion
	// Since is the first as_of that it is collected of, YYYY-MM-DD; empty where it is of
	// every one.
	Since string
	// Personal are the columns whose values are shown to nobody.
	Personal []string
}

// Deletion is a column and the value, as a text of its type, that it has in a row of an
// incremental extract that deletes the row of its key.
type Deletion struct {
	Column Column
	Value  string
}

// Column is one column of a table.
type Column struct {
	Name string
	Type dataset.ColumnType
	// Zone is that of a timestamptz's values which name none; nil where there is none.
	Zone     *time.Location
	Optional bool
	// Trim says that what cannot be seen at the edges of a value is not part of it.
	Trim bool
	// Key says that the column is part of the key.
	Key bool
}

// Reference says that columns of a table hold the key of another.
type Reference struct {
	Columns []string
	Parent  *Table
}

// Mark says of a table that is delivered whole by what its rows say that they are deleted.
// INVALID_REQUEST where the dataset declares no such table or column.
func (d *Dataset) Mark(table string, when *datasetv1.DeletedWhen) error {
	t := d.Table(table)
	if t == nil {
		return problem.New(problem.InvalidRequest, "dataset %s declares no table %q", d.Name, table).
			Violate("deletion_marks", "%q is no table of dataset %s", table, d.Name)
	}
	column, ok := t.Column(when.GetColumn())
	if !ok {
		return problem.New(problem.InvalidRequest, "table %s has no column %q", table, when.GetColumn()).
			Violate("deletion_marks", "%q is no column of table %s", when.GetColumn(), table)
	}
	t.Deleted = &Deletion{Column: column, Value: when.GetValue()}
	return nil
}

// Only leaves the named tables, all of them where none is named. A name that the
// dataset does not declare is INVALID_REQUEST.
func (d *Dataset) Only(names []string) (*Dataset, error) {
	if len(names) == 0 {
		return d, nil
	}
	out := &Dataset{Name: d.Name, Stale: d.Stale, Calendar: d.Calendar, RefusesErased: d.RefusesErased, DropsErased: d.DropsErased, order: d.order}
	for _, n := range names {
		t := d.Table(n)
		if t == nil {
			return nil, problem.New(problem.InvalidRequest, "dataset %s declares no table %q", d.Name, n).
				Violate("tables", "%q is no table of dataset %s", n, d.Name)
		}
		if !slices.Contains(out.Tables, t) {
			out.Tables = append(out.Tables, t)
		}
	}
	return out, nil
}

// CollectedAs leaves the tables of which there is anything as of a date, YYYY-MM-DD, and
// returns those that are collected only later, too.
func (d *Dataset) CollectedAs(asOf string) (then *Dataset, later []*Table) {
	then = &Dataset{Name: d.Name, Stale: d.Stale, Calendar: d.Calendar, RefusesErased: d.RefusesErased, DropsErased: d.DropsErased, order: d.order}
	for _, t := range d.Tables {
		if t.CollectedAs(asOf) {
			then.Tables = append(then.Tables, t)
		} else {
			later = append(later, t)
		}
	}
	return then, later
}

// CollectedAs says whether there is anything of the table as of a date, YYYY-MM-DD.
func (t *Table) CollectedAs(asOf string) bool { return t.Since <= asOf }

// Veiled is a table of the dataset as its values are shown to people; of no table, none.
func (d *Dataset) Veiled(t *Table) personal.Table {
	if t == nil {
		return personal.Table{Dataset: d.Name}
	}
	return personal.Table{Dataset: d.Name, Name: t.Name, Key: t.Key, Personal: t.Personal}
}

// HasPersonal says whether any column of the dataset is shown to nobody.
func (d *Dataset) HasPersonal() bool {
	return slices.ContainsFunc(d.Tables, func(t *Table) bool { return len(t.Personal) > 0 })
}

// Table returns the table of a name, or nil.
func (d *Dataset) Table(name string) *Table {
	for _, t := range d.Tables {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Live returns the live tables, in the order of the declaration.
func (d *Dataset) Live() []relation.Relation {
	all := make([]relation.Relation, len(d.Tables))
	for i, t := range d.Tables {
		all[i] = t.Live
	}
	return all
}

// InPublishOrder returns the tables, each behind those that it refers to.
func (d *Dataset) InPublishOrder() []*Table {
	var out []*Table
	for _, n := range d.order {
		if t := d.Table(n); t != nil {
			out = append(out, t)
		}
	}
	return out
}

// Names returns the names of the columns, in declared order.
func (t *Table) Names() []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}

// Column returns the column of a name; ok is false where there is none.
func (t *Table) Column(name string) (c Column, ok bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

// Identifies says whether a column tells rows apart: of this table, by its key, or of
// another one, by a reference to it.
func (t *Table) Identifies(column string) bool {
	return slices.Contains(t.Key, column) || slices.ContainsFunc(t.References, func(r Reference) bool {
		return slices.Contains(r.Columns, column)
	})
}

// Others returns the names of the columns that are not part of the key.
func (t *Table) Others() []string {
	var out []string
	for _, c := range t.Columns {
		if !c.Key {
			out = append(out, c.Name)
		}
	}
	return out
}
