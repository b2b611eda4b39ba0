package stamp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// hindrance looks at what hangs on the columns of a snapshot's table, which a person would
// have to take away before they are changed.
type hindrance struct {
	q postgres.Querier
	l layout.Layout
	f *found
	// view is the one over all revisions, and own are it and the other views of the service's
	// that nothing hangs on. It makes them anew, around what it changes itself, and with the
	// next run after what a person changes, who drops them before. Where something of the
	// users' hangs on one, a person brings back both.
	view viewSight
	own  []relation.Relation
}

// hindered turns a change of type into one for a person where something of the users'
// own hangs on the column: it would have to be dropped and made again. What is for a person
// anyhow is said with what has to go before.
func hindered(ctx context.Context, q postgres.Querier, l layout.Layout, f *found, all []relation.Difference) ([]relation.Difference, error) {
	view, err := lookAtView(ctx, q, l)
	if err != nil {
		return nil, err
	}
	own, err := disposable(ctx, q, l)
	if err != nil {
		return nil, err
	}
	h := hindrance{q: q, l: l, f: f, view: view, own: own}
	for i, d := range all {
		switch {
		case len(d.Renames) > 0 || !holds(f.columns, []string{d.Column}):
			continue
		case strings.Contains(d.Mend, " drop column "):
			all[i], err = h.dropping(ctx, d)
		default:
			all[i], err = h.retyping(ctx, d)
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// retyping is a difference of type with the SQL that goes around what hangs on the column;
// as it is where nothing does.
func (h hindrance) retyping(ctx context.Context, d relation.Difference) (relation.Difference, error) {
	person := d.Remedy == relation.ByPerson && d.Alone == relation.ByPerson
	stands := h.f.open.Before(d.Column) // a person comes before the run that renames it
	change := retypeOf(h.l, h.f, d.Column, stands)
	if !strings.Contains(change, " type ") || h.f.calledBy(relation.ByPerson, d.Column) != stands {
		return d, nil
	}
	dependents, err := postgres.Dependents(ctx, h.q, h.l.Table, stands)
	if err != nil {
		return d, err
	}
	theirs := h.theirs(dependents)
	if len(theirs) == 0 {
		if person && len(h.own) > 0 {
			d.Mend = h.behindWords(d.Mend) + h.again()
		}
		return d, nil
	}
	keep, _, _ := strings.Cut(d.Mend, "alter table ") // what there is to do instead
	work := "alter table " + h.l.Table.SQL() + " " + change
	names, sql := postgres.Around(theirs, work)
	switch {
	case h.view.ours && h.view.hung:
		if sql, err = h.aroundView(ctx, dependents, stands, work, change); err != nil {
			return d, err
		}
	case len(h.own) > 0:
		sql = h.dropViews() + sql + h.again()
	}
	return relation.Difference{Column: d.Column, Found: fmt.Sprintf("%s, and %s it", d.Found, postgres.Hang(names, theirs)), Mend: keep + sql}, nil
}

// aroundView is the SQL of a change of type under a view over all revisions that something
// hangs on: the view is taken away and brought back with the rest, and the superseded
// revisions, which it reads too, are changed with the table.
func (h hindrance) aroundView(ctx context.Context, dependents []postgres.Dependent, stands, work, change string) (string, error) {
	kept, err := shapeOf(ctx, h.q, h.l.AllKept())
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(kept, func(c column) bool { return c.name == stands }) {
		work += "; alter table " + h.l.AllKept().SQL() + " " + change
	}
	_, sql := postgres.Around(dependents, work)
	return sql, nil
}

// dropping is a difference that a person mends by dropping the column, with the SQL that
// takes away before the views of the service's own, and what hangs on that over all
// revisions: a view of the users' that reads the column cannot come back as it is.
func (h hindrance) dropping(ctx context.Context, d relation.Difference) (relation.Difference, error) {
	if !h.view.ours || !h.view.hung {
		if len(h.own) > 0 {
			d.Mend = h.behindWords(d.Mend) + h.again()
		}
		return d, nil
	}
	h.own = append(h.own, h.l.Revisions())
	hung, err := postgres.Dependents(ctx, h.q, h.l.Revisions(), "")
	if err != nil {
		return d, err
	}
	names, away, back := postgres.Aside(hung)
	d.Found += ", and " + postgres.Hang(names, hung) + " view " + h.l.Revisions().String()
	d.Mend = strings.ReplaceAll(d.Mend, "alter table ", strings.Join(append(away, h.dropViews()), "; ")+"alter table ") + h.again() +
		", and after that run what hung on it, without the column where it is read: " + strings.Join(back, "; ")
	return d, nil
}

// theirs leaves the views that the service makes anew out of what hangs on a column.
func (h hindrance) theirs(dependents []postgres.Dependent) []postgres.Dependent {
	return slices.DeleteFunc(slices.Clone(dependents), func(d postgres.Dependent) bool {
		what := strings.ReplaceAll(d.What, `"`, "")
		return what == "view "+h.l.Revisions().String() && h.view.ours || slices.ContainsFunc(h.own, func(v relation.Relation) bool {
			return what == "view "+v.String()
		})
	})
}

func (h hindrance) dropViews() string { return dropAll(h.own) + "; " }

// behindWords has the SQL of a mend take the service's own views away first: they are in
// the way of its statements, and of nothing that its words say.
func (h hindrance) behindWords(mend string) string {
	return strings.ReplaceAll(mend, "alter table ", h.dropViews()+"alter table ")
}

func (h hindrance) again() string {
	names := make([]string, len(h.own))
	for i, v := range h.own {
		names[i] = "view " + v.String()
	}
	return " /* the next run makes " + strings.Join(names, ", ") + " again */"
}
