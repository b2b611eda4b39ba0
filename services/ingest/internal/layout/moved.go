package layout

import (
	"slices"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// MovedKey are the renames that give columns back the names that are recorded of them, where
// one of the key has another name by now that no version gave it; otherwise none. Rows would
// be matched by the values of other columns.
func (l *Layout) MovedKey(recorded *Layout, t *declared.Table) rename.Pairs {
	if l.OID != recorded.OID {
		return nil
	}
	var back rename.Pairs
	ofKey := false
	for _, was := range recorded.Columns {
		i := l.numbered(was.Number)
		if i < 0 || l.Columns[i].Name == was.Name || slices.Contains(t.Renames.Paths(), rename.Pair{From: was.Name, To: l.Columns[i].Name}) {
			continue
		}
		back = append(back, rename.Pair{From: l.Columns[i].Name, To: was.Name})
		ofKey = ofKey || slices.Contains(recorded.Key, was.Number)
	}
	if !ofKey {
		return nil
	}
	return back
}

// Back are the renames one by one, as they can be carried out in the table; nothing where
// another column has come to a name that is to be given back.
func (l *Layout) Back(pairs rename.Pairs) []rename.Pair {
	names := make([]string, len(l.Columns))
	for i, c := range l.Columns {
		names[i] = c.Name
	}
	for _, p := range pairs {
		if slices.Contains(names, p.To) && !pairs.Renames(p.To) {
			return nil
		}
	}
	return pairs.Steps(names)
}
