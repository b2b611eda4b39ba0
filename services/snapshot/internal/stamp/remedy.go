package stamp

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/columntype"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// remedy says who mends a column of one type, as inspect.sql writes it, that has to be
// another: the service adds columns to what it owns and widens types that PostgreSQL does
// not rewrite; a type that is rewritten waits for a migration. stands is empty where there
// is no column.
func (f *found) remedy(stands, want string) relation.Remedy {
	bare, plain := strings.TrimSuffix(stands, notNull), strings.TrimSuffix(want, notNull)
	switch {
	case !f.ours, stands != "" && strings.HasSuffix(stands, notNull) != strings.HasSuffix(want, notNull):
		return relation.ByPerson
	case stands == "" && plain == want:
		return relation.ByRun
	case stands == "": // a key, which rows that are there have no value for
		return relation.ByPerson
	}
	return typeRemedy(bare, plain)
}

// typeRemedy says who changes one type into another, both without NOT NULL.
func typeRemedy(stands, want string) relation.Remedy {
	from, known := columntype.OfSQL(stands)
	to, ok := columntype.OfSQL(want)
	if !known || !ok {
		return relation.ByPerson
	}
	switch diff.OfType(from, to) {
	case diff.Expanding:
		return relation.ByRun
	case diff.Rewriting:
		return relation.ByMigration
	case diff.Metadata, diff.Refused:
	}
	return relation.ByPerson
}

// retypeOf is what ALTER TABLE has to do to a column of the layout that is of another type,
// and is called so by then.
func retypeOf(l layout.Layout, f *found, column, then string) string {
	for _, c := range l.Columns() {
		if c.Name != column {
			continue
		}
		want := c.Type.SQL()
		if slices.Contains(layout.Names(l.Key), column) {
			want += notNull
		}
		return retype(then, want, f.types[slices.Index(f.columns, column)])
	}
	return ""
}
