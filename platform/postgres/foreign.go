package postgres

import (
	"context"
	_ "embed" // the statement
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

//go:embed foreign.sql
var foreignSQL string

// rights are whose function one is, and whose rights it has when a session of ours calls it.
type rights struct {
	owner, role string
	// ours says that the function is the session's own.
	ours bool
}

// ForeignCode says of tables of other roles which functions of others are called as rows
// are written into them, and with whose rights: the session's own, unless the function is
// SECURITY DEFINER. By table, triggers first. A table that is not there has none.
func ForeignCode(ctx context.Context, q Querier, tables []relation.Relation) (map[relation.Relation][]relation.Difference, error) {
	if len(tables) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to look at
	}
	hands, err := Hands(ctx, q, tables)
	if err != nil {
		return nil, err
	}
	callers, err := Callers(ctx, q, tables, false)
	if err != nil {
		return nil, err
	}
	var functions []string
	for _, h := range hands {
		functions = append(functions, h.Function)
	}
	for _, c := range callers {
		functions = append(functions, c.Function)
	}
	of, err := rightsOf(ctx, q, functions)
	if err != nil {
		return nil, err
	}
	found := map[relation.Relation][]relation.Difference{}
	for _, h := range hands {
		if r := of[h.Function]; !r.ours {
			found[h.Table] = append(found[h.Table], r.said(h.String(), h.Off()))
		}
	}
	for _, c := range callers {
		if r := of[c.Function]; !r.ours {
			found[c.Table] = append(found[c.Table], r.said(c.String(), c.Off()))
		}
	}
	return found, nil
}

func rightsOf(ctx context.Context, q Querier, functions []string) (map[string]rights, error) {
	rows, err := q.Query(ctx, foreignSQL, pgx.QueryExecModeExec, functions)
	if err != nil {
		return nil, fmt.Errorf("look at whose functions are called: %w", err)
	}
	of := map[string]rights{}
	var name string
	var r rights
	_, err = pgx.ForEachRow(rows, []any{&name, &r.owner, &r.role, &r.ours}, func() error {
		of[name] = r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at whose functions are called: %w", err)
	}
	return of, nil
}

// said names what calls the function, whose it is, and what it runs as.
func (r rights) said(what, off string) relation.Difference {
	mend := "see that " + relation.Quote(r.owner) + " may be trusted with what it may do then"
	if off != "" {
		mend += ", or keep it from being called: " + off
	}
	d := relation.Differs("found "+what+", a function of "+relation.Quote(r.owner)+"; a run calls it, and it runs as "+relation.Quote(r.role), mend)
	d.Reason = string(problem.ForeignCode)
	return d
}
