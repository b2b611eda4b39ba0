package layout

import "slices"

// Stamped returns the layout as it was when an as_of was stamped that has these columns,
// in their order: an as_of is compared and hashed by what it was stamped with, also
// where the dataset has got more columns since. gone names the columns that the layout
// does not have.
func (l Layout) Stamped(columns []string) (then Layout, gone []string) {
	then = Layout{Snapshot: l.Snapshot, From: l.From, Table: l.Table}
	for _, name := range columns {
		isName := func(c Column) bool { return c.Name == name }
		if i := slices.IndexFunc(l.Key, isName); i >= 0 {
			then.Key = append(then.Key, l.Key[i])
		} else if i := slices.IndexFunc(l.Rest, isName); i >= 0 {
			then.Rest = append(then.Rest, l.Rest[i])
		} else {
			gone = append(gone, name)
		}
	}
	return then, gone
}

// Without returns the names of the columns that the layout has, and a state that was
// stamped with the given ones has not.
func (l Layout) Without(columns []string) []string {
	var without []string
	for _, name := range Names(l.Columns()) {
		if !slices.Contains(columns, name) {
			without = append(without, name)
		}
	}
	return without
}
