package layout

import "slices"

// Stamped returns the layout as it was when an as_of was stamped that has these columns,
// in their order: an as_of is compared and hashed by what it was stamped with, also
// where the dataset has got more columns since, or calls them otherwise. gone names the
// columns that the layout does not have.
func (l Layout) Stamped(columns []string) (then Layout, gone []string) {
	then = Layout{Snapshot: l.Snapshot, From: l.From, Table: l.Table, Renames: l.Renames, Personal: l.Personal}
	for i, name := range l.Now(columns) {
		isName := func(c Column) bool { return c.Name == name }
		if k := slices.IndexFunc(l.Key, isName); k >= 0 {
			then.Key = append(then.Key, was(l.Key[k], columns[i]))
		} else if k := slices.IndexFunc(l.Rest, isName); k >= 0 {
			then.Rest = append(then.Rest, was(l.Rest[k], columns[i]))
		} else {
			gone = append(gone, name)
		}
	}
	return then, gone
}

func was(c Column, name string) Column {
	if c.Name != name {
		c.Was = name
	}
	return c
}

// Now is what columns of these names are called once all is renamed.
func (l Layout) Now(columns []string) []string {
	open, _ := l.Renames.Among(columns)
	return open.AllNow(columns)
}

// Without returns the names of the columns that the layout has, and a state that was
// stamped with the given ones has not.
func (l Layout) Without(columns []string) []string {
	columns = l.Now(columns)
	var without []string
	for _, name := range Names(l.Columns()) {
		if !slices.Contains(columns, name) {
			without = append(without, name)
		}
	}
	return without
}

// InHistory returns the layout by the names that its columns have where they were stamped.
func (l Layout) InHistory() Layout {
	l.Key, l.Rest = inHistory(l.Key), inHistory(l.Rest)
	return l
}

// Among returns the layout of a table that has the given columns: what was renamed by hand
// has its newer name there.
func (l Layout) Among(columns []string) Layout {
	l.Key, l.Rest = among(l.Key, columns), among(l.Rest, columns)
	return l
}

func inHistory(columns []Column) []Column {
	out := slices.Clone(columns)
	for i, c := range columns {
		out[i].Name, out[i].Was = c.InHistory(), ""
	}
	return out
}

func among(columns []Column, names []string) []Column {
	out := slices.Clone(columns)
	for i, c := range columns {
		if c.Was != "" && !slices.Contains(names, c.Was) && slices.Contains(names, c.Name) {
			out[i].Was = ""
		}
	}
	return out
}
