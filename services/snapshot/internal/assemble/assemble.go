// Package assemble puts the tables of a dataset together again from the revisions of its
// snapshots: which relations hold their rows, by which names their columns stand there, and
// which columns no snapshot carries.
package assemble

import (
	"context"
	"slices"

	"github.com/streamflow/streamflow/platform/postgres"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Table is a table of a dataset and the revisions that hold its rows.
type Table struct {
	Declared *datasetv1.Table
	// Parts hold the same rows, each some of the columns; at least one.
	Parts []Part
	// Columns are the declared ones that a part carries, in the declared order, and Lacks the
	// names of the others.
	Columns []layout.Column
	Lacks   []string
}

// Part is a revision of a snapshot.
type Part struct {
	Entry store.Entry
	// Layout has the columns that it was stamped with, by their names of now, and what they
	// are called where they stand.
	Layout layout.Layout
}

// Tables puts the tables of a dataset together from revisions by snapshot, of one as_of.
// without names those of which there is no revision. Errors: REVISION_CHANGED where the
// relation of a revision, or a column of it, is not there.
func Tables(ctx context.Context, q postgres.Querier, d *datasetv1.Dataset, layouts []layout.Layout, revisions map[string]store.Entry) (all []Table, without []string, err error) {
	if layouts, err = called.Of(ctx, q, layouts); err != nil {
		return nil, nil, err
	}
	for _, declared := range d.GetTables() {
		t := Table{Declared: declared}
		for _, l := range layouts {
			e, ok := revisions[l.Snapshot]
			if !ok || l.From != declared.GetName() {
				continue
			}
			part, err := partOf(ctx, q, l, e)
			if err != nil {
				return nil, nil, err
			}
			t.Parts = append(t.Parts, part)
		}
		if len(t.Parts) == 0 {
			without = append(without, declared.GetName())
			continue
		}
		t.carry()
		all = append(all, t)
	}
	return all, without, nil
}

// partOf finds out by which names the columns of a revision stand.
func partOf(ctx context.Context, q postgres.Querier, l layout.Layout, e store.Entry) (Part, error) {
	stand, err := store.ColumnsOf(ctx, q, e.Relation)
	if err != nil {
		return Part{}, err
	}
	then, undeclared := l.Stamped(e.Columns)
	then = then.Among(stand)
	if len(stand) == 0 {
		return Part{}, changed(e, "%s, which holds its rows, is gone", e.Relation)
	}
	for _, c := range then.Columns() {
		if !slices.Contains(stand, c.InHistory()) {
			return Part{}, changed(e, "%s has no column %s any more", e.Relation, c.InHistory())
		}
	}
	if len(undeclared) > 0 {
		return Part{}, changed(e, "it was stamped with column %s, which the dataset does not declare any more", undeclared[0])
	}
	return Part{Entry: e, Layout: then}, nil
}

// carry says which declared columns the parts carry together.
func (t *Table) carry() {
	for _, c := range t.Declared.GetColumns() {
		if _, column, ok := t.find(c.GetName()); ok {
			t.Columns = append(t.Columns, column)
		} else {
			t.Lacks = append(t.Lacks, c.GetName())
		}
	}
}

// find returns the first part that carries a column, and how.
func (t *Table) find(name string) (part int, column layout.Column, ok bool) {
	for i, p := range t.Parts {
		for _, c := range p.Layout.Columns() {
			if c.Name == name {
				return i, c, true
			}
		}
	}
	return 0, layout.Column{}, false
}

// Revisions returns the parts' entries.
func (t *Table) Revisions() []store.Entry {
	var all []store.Entry
	for _, p := range t.Parts {
		all = append(all, p.Entry)
	}
	return all
}
