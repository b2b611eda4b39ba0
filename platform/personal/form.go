package personal

import (
	"slices"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Tables are the tables of a dataset by their names; columns are the personal ones of each.
func Tables(d *datasetv1.Dataset, columns map[string][]string) map[string]Table {
	all := make(map[string]Table, len(d.GetTables()))
	for _, t := range d.GetTables() {
		all[t.GetName()] = Table{Dataset: d.GetName(), Name: t.GetName(), Key: t.GetKey(), Personal: columns[t.GetName()]}
	}
	return all
}

// Forms are how a row's key was shown, under each key that there was one of, so that it can be
// found in what was written; none where no column of it is personal.
func (k *Keys) Forms(t Table, key []string) [][]string {
	hidden := func(column string) bool { return slices.Contains(t.Personal, column) }
	if k == nil || len(key) != len(t.Key) || !slices.ContainsFunc(t.Key, hidden) {
		return nil
	}
	forms := make([][]string, 0, len(k.all))
	for i := len(k.all) - 1; i >= 0; i-- {
		form := slices.Clone(key)
		for c, column := range t.Key {
			if hidden(column) {
				form[c] = k.all[i].token(t.Dataset, key[c])
			}
		}
		forms = append(forms, form)
	}
	return forms
}
