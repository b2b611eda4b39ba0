package publish

import (
	"context"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// hand is what has a function of the users' own called as a live table is written: a
// trigger, an expression, or something on a table that foreign keys write into.
type hand struct {
	// table is the live table; empty where it may be any.
	table relation.Relation
	// what names it, and off is the statement that takes it away, if one does.
	what, off string
}

func handsOn(ctx context.Context, q postgres.Querier, tables []relation.Relation, made bool) ([]hand, error) {
	triggers, err := postgres.Hands(ctx, q, tables)
	if err != nil {
		return nil, err
	}
	callers, err := postgres.Callers(ctx, q, tables, made)
	if err != nil {
		return nil, err
	}
	var all []hand
	for _, h := range triggers {
		all = append(all, hand{h.Table, h.String(), h.Off()})
	}
	for _, c := range callers {
		all = append(all, hand{c.Table, c.String(), c.Off()})
	}
	return all, nil
}

// blame names what is called as the table is written, or as the others are where that is
// nothing, with what takes it away.
func (w *work) blame(t staged) string {
	own := slices.DeleteFunc(slices.Clone(w.hands), func(h hand) bool { return h.table != t.Live })
	if len(own) == 0 {
		own = w.hands
	}
	if len(own) == 0 {
		return "something that stands on the table took a hand; drop it, or have it leave the rows alone"
	}
	var names, off []string
	for _, h := range own {
		if names = append(names, h.what); h.off != "" {
			off = append(off, h.off)
		}
	}
	took := "took a hand"
	if len(own) > 1 {
		took = "took a hand, one of them or several"
	}
	said := strings.Join(names, " and ") + ", " + took + "; have it leave the rows alone"
	if len(off) > 0 {
		said += ", or keep it from firing: " + strings.Join(off, "; ")
	}
	return said
}
