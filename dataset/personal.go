package dataset

import (
	"slices"

	"github.com/streamflow/streamflow/dataset/internal/lookup"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Personal returns, by table, the columns whose values are personal, in declared order: those
// that are declared with pii, and all that hold the same values because one refers to the
// other. Tables without any are left out.
func Personal(d *datasetv1.Dataset) map[string][]string {
	marked := map[place]bool{}
	for _, t := range d.GetTables() {
		for _, c := range t.GetColumns() {
			if c.GetPii() {
				marked[place{t.GetName(), c.GetName()}] = true
			}
		}
	}
	if len(marked) == 0 {
		return nil
	}
	for spread(d, marked) {
		continue // what it marked may be referred to in turn
	}
	all := map[string][]string{}
	for _, t := range d.GetTables() {
		for _, name := range lookup.ColumnNames(t) {
			if marked[place{t.GetName(), name}] {
				all[t.GetName()] = append(all[t.GetName()], name)
			}
		}
	}
	return all
}

// place is a column of a table.
type place struct{ table, column string }

// spread marks both ends of each reference of which one is marked, and says whether any was
// not before.
func spread(d *datasetv1.Dataset, marked map[place]bool) (more bool) {
	for _, t := range d.GetTables() {
		for _, r := range t.GetReferences() {
			key := lookup.Table(d, r.GetTable()).GetKey()
			for i, column := range r.GetColumns() {
				if i >= len(key) {
					break // lint refuses it
				}
				ends := []place{{t.GetName(), column}, {r.GetTable(), key[i]}}
				if !slices.ContainsFunc(ends, func(p place) bool { return marked[p] }) {
					continue
				}
				for _, p := range ends {
					more = more || !marked[p]
					marked[p] = true
				}
			}
		}
	}
	return more
}
