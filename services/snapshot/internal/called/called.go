// Package called tells by which names the columns of history stand, where names were passed
// on from one column to another.
package called

import (
	"context"
	"slices"

	renames "github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Of takes out of the layouts the renames that were carried out of names that were
// passed on: the same names stand before and after, so that only the ledger tells.
func Of(ctx context.Context, q postgres.Querier, layouts []layout.Layout) ([]layout.Layout, error) {
	var told []relation.Relation
	for _, l := range layouts {
		if len(l.PassedOn()) > 0 {
			told = append(told, l.Table)
		}
	}
	if len(told) == 0 {
		return layouts, nil
	}
	ledger, err := store.Renamed.Of(ctx, q, told...)
	if err != nil {
		return nil, err
	}
	layouts = slices.Clone(layouts)
	for i, l := range layouts {
		layouts[i] = Without(l, Pairs(ledger[l.Table].Standing))
	}
	return layouts, nil
}

// Without is the layout without the renames of names that were passed on, as the ledger has
// it of those that stand.
func Without(l layout.Layout, standing renames.Pairs) layout.Layout {
	var done renames.Pairs
	for _, p := range l.PassedOn() {
		if slices.Contains(standing, p) {
			done = append(done, p)
		}
	}
	l.Renames = l.Renames.Without(done)
	return l
}

// Pairs are renames as package rename has them.
func Pairs(all []relation.Rename) renames.Pairs {
	var pairs renames.Pairs
	for _, r := range all {
		pairs = append(pairs, renames.Pair(r))
	}
	return pairs
}

// Renames are pairs as package relation has them.
func Renames(pairs []renames.Pair) []relation.Rename {
	all := make([]relation.Rename, len(pairs))
	for i, p := range pairs {
		all[i] = relation.Rename(p)
	}
	return all
}
