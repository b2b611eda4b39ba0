package postgres

import (
	"context"
	_ "embed" // the statement
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

//go:embed own.sql
var ownSQL string

// LeftAlone makes sure that a table that was made just now has nothing of the users' own on
// it, such as a trigger that an event trigger puts on every table, which would change the
// rows before they are judged. Otherwise the error has the reason, and names it.
func LeftAlone(ctx context.Context, q Querier, made relation.Relation, reason problem.Reason) error {
	found, err := q.Query(ctx, ownSQL, pgx.QueryExecModeExec, made.Schema, made.Name)
	if err != nil {
		return fmt.Errorf("look at what stands on %s: %w", made, err)
	}
	all, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look at what stands on %s: %w", made, err)
	}
	callers, err := putOn(ctx, q, made)
	if err != nil {
		return err
	}
	var events []string
	for _, c := range callers {
		switch c.Kind {
		case "event trigger":
			events = append(events, c.String())
		case "default", "trigger": // stands among all
		default:
			all = append(all, c.String())
		}
	}
	if len(all) == 0 {
		return nil
	}
	by := ""
	if len(events) > 0 {
		by = ", put there by " + strings.Join(events, " or ")
	}
	return problem.New(reason,
		"expected nothing on %s, a table of the suite's own that was made just now, found %s%s: it may change what was delivered; "+
			"have the event trigger leave the schema %s alone; nothing was written", made, strings.Join(all, " and "), by, made.Schema).
		Violate(made.String(), "found %s%s", strings.Join(all, " and "), by)
}

// putOn lists what has functions called as rows are written into a table that was made just
// now. Nothing but an event trigger puts such a thing on a table as it is made, and where
// there is none, as in most databases, the larger question is not asked.
func putOn(ctx context.Context, q Querier, made relation.Relation) ([]Caller, error) {
	var triggers bool
	err := q.QueryRow(ctx, "select exists (select from pg_catalog.pg_event_trigger where evtenabled <> 'D')").Scan(&triggers)
	if err != nil {
		return nil, fmt.Errorf("look for event triggers: %w", err)
	}
	if !triggers {
		return nil, nil
	}
	return Callers(ctx, q, []relation.Relation{made}, true)
}
