package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
)

// Dependent is something of the users' own that hangs on a column, so that its type
// cannot be changed, or not without work that nobody expects; or on such a thing in turn.
type Dependent struct {
	// What it is, as in "view public.active".
	What string
	// Drop and Create are the SQL that takes it away and brings it back with its owner,
	// grants, comments and what stands on it; empty where only its owner can say.
	Drop, Create string
}

//go:embed dependent.sql
var dependentsSQL string

// dependentRow is a dependent, with its key and those of what it hangs on itself: empty for
// the column.
type dependentRow struct {
	Key, What, Drop, Create string
	Parents                 []string
}

// Dependents lists what hangs on a column of a table or view, and what hangs on that in
// turn, the deepest first: in this order each can be dropped. Where column is empty it is
// what hangs on any part of it.
func Dependents(ctx context.Context, q Querier, table relation.Relation, column string) ([]Dependent, error) {
	rows, err := q.Query(ctx, dependentsSQL, table.Schema, table.Name, column)
	if err != nil {
		return nil, fmt.Errorf("look for what hangs on %s.%s: %w", table, column, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[dependentRow])
	if err != nil {
		return nil, fmt.Errorf("look for what hangs on %s.%s: %w", table, column, err)
	}
	return deepestFirst(all), nil
}

// deepestFirst puts what hangs on another before it, and otherwise keeps the order. What
// has more than one part in the catalog is one dependent.
func deepestFirst(rows []dependentRow) []Dependent {
	parents := map[string][]string{}
	var order []dependentRow
	for _, r := range rows {
		if _, twice := parents[r.Key]; !twice {
			order = append(order, r)
		}
		parents[r.Key] = append(parents[r.Key], r.Parents...)
	}
	depth := map[string]int{}
	for _, r := range order {
		depthOf(r.Key, parents, depth)
	}
	slices.SortStableFunc(order, func(a, b dependentRow) int { return depth[b.Key] - depth[a.Key] })
	var all []Dependent
	for _, r := range order {
		all = append(all, Dependent{What: r.What, Drop: r.Drop, Create: r.Create})
	}
	return all
}

// depthOf is how many others stand between a dependent and the column, by the longest way.
// Views that read each other in a ring, which PostgreSQL lets one make and not read, end it.
func depthOf(key string, parents map[string][]string, depth map[string]int) int {
	if d, known := depth[key]; known {
		return d
	}
	depth[key] = 0 // while it is looked at
	deepest := 0
	for _, p := range parents[key] {
		if p != "" && p != key {
			deepest = max(deepest, depthOf(p, parents, depth)+1)
		}
	}
	depth[key] = deepest
	return deepest
}

// Around is the SQL that takes the dependents away, does the work, and brings them back;
// and their names, for people. A dependent that only its owner can bring back is named.
func Around(dependents []Dependent, work string) (names, sql string) {
	names, away, back := Aside(dependents)
	return names, strings.Join(append(append(away, work), back...), "; ")
}

// Aside is the names of the dependents, for people, and the SQL that takes them away and
// that brings them back, each in the order in which it can be done.
func Aside(dependents []Dependent) (names string, away, back []string) {
	var what []string
	for _, d := range dependents {
		what = append(what, d.What)
		if d.Drop != "" {
			away = append(away, d.Drop)
			back = append([]string{oneLine(d.Create)}, back...)
		}
	}
	return strings.Join(what, ", "), away, back
}

// Hang says of named dependents that they do.
func Hang(names string, dependents []Dependent) string {
	if len(dependents) == 1 {
		return names + " hangs on"
	}
	return names + " hang on"
}
