package stamp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/columntype"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/postgres"
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

// hindered turns a change of type into one for a person where something of the users'
// own hangs on the column: it would have to be dropped and made again. The view over all
// revisions is the service's: it makes it anew, around what it changes itself, and with the
// next run after what a person changes, who drops it before.
func hindered(ctx context.Context, q postgres.Querier, l layout.Layout, f *found, all []relation.Difference) ([]relation.Difference, error) {
	view, err := lookAtView(ctx, q, l)
	if err != nil {
		return nil, err
	}
	for i, d := range all {
		if len(d.Renames) > 0 || !holds(f.columns, []string{d.Column}) {
			continue
		}
		if d.Remedy != relation.ByPerson || d.Alone != relation.ByPerson {
			stands := f.open.Before(d.Column) // a person comes before the run that renames it
			dependents, err := postgres.Dependents(ctx, q, l.Table, stands)
			if err != nil {
				return nil, err
			}
			if dependents = view.besides(l, dependents); len(dependents) == 0 {
				continue
			}
			names, sql := postgres.Around(dependents, "alter table "+l.Table.SQL()+" "+retypeOf(l, f, d.Column, stands))
			all[i] = relation.Difference{Column: d.Column, Found: fmt.Sprintf("%s, and %s hangs on it", d.Found, names), Mend: sql}
		}
		before, again := "drop view "+l.Revisions().SQL()+"; ", " /* the next run makes view "+l.Revisions().String()+" again */"
		switch {
		case view.ours && strings.Contains(d.Mend, " type "):
			all[i].Mend = before + all[i].Mend + again
		case view.ours && strings.Contains(d.Mend, " drop column "):
			all[i].Mend = strings.ReplaceAll(all[i].Mend, "alter table ", before+"alter table ") + again // behind the words
		}
	}
	return all, nil
}

// besides leaves the view itself out of what hangs on a column, unless something hangs on
// the view in turn.
func (v viewSight) besides(l layout.Layout, dependents []postgres.Dependent) []postgres.Dependent {
	own := "view " + l.Revisions().String()
	return slices.DeleteFunc(dependents, func(d postgres.Dependent) bool {
		return v.ours && !v.hung && strings.ReplaceAll(d.What, `"`, "") == own
	})
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
