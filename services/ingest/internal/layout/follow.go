package layout

import (
	"slices"

	"github.com/streamflow/streamflow/dataset/rename"
)

// Renamed has what is recorded follow columns that were renamed, all at once.
func (l *Layout) Renamed(pairs rename.Pairs) {
	for i := range l.Columns {
		l.Columns[i].Name = pairs.Now(l.Columns[i].Name)
	}
}

// Altered has what is recorded follow columns that were added or given another type, and are
// found so. One that was recorded and is gone stays: another of its name has not its values.
func (l *Layout) Altered(found *Layout, names []string) {
	for _, name := range names {
		i := found.called(name)
		if i < 0 {
			continue
		}
		c := found.Columns[i]
		if was := l.numbered(c.Number); was >= 0 {
			l.Columns[was].Type = c.Type
		} else if l.called(name) < 0 {
			l.Columns = append(l.Columns, c)
		}
	}
	slices.SortFunc(l.Columns, func(a, b Column) int { return a.Number - b.Number })
}
