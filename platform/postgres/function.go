package postgres

import (
	"context"
	_ "embed" // the statement
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/relation"
)

// UserFunction is a function of the users' own that PostgreSQL calls when rows are
// written into a table, and that has no search_path of its own. Called by a session of
// ours, it finds nothing outside pg_catalog that it does not name with its schema.
type UserFunction struct {
	Table relation.Relation
	// Use says what calls it, such as `trigger noted`.
	Use string
	// Name is the function with the types of its arguments, such as public.note(text).
	Name string
	// Mend is the statement that gives it a search_path.
	Mend string
}

// pathless says what may come of a function without a search_path.
const pathless = "has no search_path of its own: when a run writes, it finds nothing outside pg_catalog that it names without a schema"

// Warning says what may happen, and what keeps it from happening.
func (f UserFunction) Warning() relation.Difference {
	return relation.Differs("found that "+f.Use+" calls "+f.Name+", which "+pathless, f.Mend)
}

// Warnings are those of all functions and triggers that writing into the tables would
// call, by table: one of a trigger and its function.
func Warnings(ctx context.Context, q Querier, tables []relation.Relation) (map[relation.Relation][]relation.Difference, error) {
	functions, err := Unpinned(ctx, q, tables)
	if err != nil {
		return nil, err
	}
	hands, err := Hands(ctx, q, tables)
	if err != nil {
		return nil, err
	}
	of := map[relation.Relation][]relation.Difference{} // the triggers
	for _, h := range hands {
		w, may := h.Warning()
		if !may {
			continue
		}
		if i := slices.IndexFunc(functions, h.calls); i >= 0 {
			w.Found += "; the function " + pathless
			w.Mend += "; where it stays: " + functions[i].Mend
			functions = slices.Delete(functions, i, i+1)
		}
		of[h.Table] = append(of[h.Table], w)
	}
	warnings := map[relation.Relation][]relation.Difference{}
	for _, f := range functions {
		warnings[f.Table] = append(warnings[f.Table], f.Warning())
	}
	for t, triggers := range of {
		warnings[t] = append(warnings[t], triggers...)
	}
	return warnings, nil
}

// calls says whether the function is the trigger's own, and of the same table.
func (h Hand) calls(f UserFunction) bool { return h.Table == f.Table && h.Function == f.Name }

//go:embed function.sql
var functionSQL string

// Unpinned lists the functions without a search_path that writing into the tables would
// call, by triggers, indexes, constraints, defaults and policies, in the order of the
// tables. A table that is not there has none.
func Unpinned(ctx context.Context, q Querier, tables []relation.Relation) ([]UserFunction, error) {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Name
	}
	found, err := q.Query(ctx, functionSQL, pgx.QueryExecModeExec, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("look for functions of the users' own: %w", err)
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) (UserFunction, error) {
		var f UserFunction
		var path []string
		err := row.Scan(&f.Table.Schema, &f.Table.Name, &f.Use, &f.Name, &path)
		f.Mend = mend(f.Name, path...)
		return f, err
	})
}

// mend is the statement that lets a function find what stands in the schemas.
func mend(function string, schemas ...string) string {
	path := []string{"pg_catalog"}
	for _, s := range schemas {
		if s != "" && !slices.Contains(path, s) {
			path = append(path, s)
		}
	}
	for i, s := range path {
		if !plainName.MatchString(s) {
			path[i] = relation.Quote(s)
		}
	}
	return "alter function " + function + " set search_path = " + strings.Join(append(path, "pg_temp"), ", ")
}

// plainName is a name that needs no quotes to be read as it is.
var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// frame is the first line of an error's context that names a function: PL/pgSQL with its
// schema and arguments, SQL by its bare name.
var frame = regexp.MustCompile(`(?m)^(?:compilation of )?(?:PL/\S+|SQL) function (.+?)(?:(?: near)? line \d+.*| statement \d+.*| during .*| while .*)?$`)

// InFunction returns the innermost function that an error was raised inside of, as the
// error's context names it; false where it was raised by a statement of ours itself.
func InFunction(err error) (string, bool) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return "", false
	}
	m := frame.FindStringSubmatch(pg.Where)
	if m == nil {
		return "", false
	}
	if !strings.Contains(m[1], "(") {
		return strings.Trim(m[1], `"`), true
	}
	return m[1], true
}

// undefined are the codes of a name that was not found: a table, a function or operator,
// a type, a schema.
var undefined = []string{codeUndefinedTable, "42883", "42704", "3F000"}

// LostInFunction says how to mend a function of the users' own that did not find what it
// names, where that is what the error is.
func LostInFunction(err error) (advice string, lost bool) {
	name, inside := InFunction(err)
	if !inside || !slices.Contains(undefined, Code(err)) {
		return "", false
	}
	schema := "public"
	if before, _, qualified := strings.Cut(name, "."); qualified && !strings.Contains(before, "(") {
		schema = strings.ReplaceAll(strings.Trim(before, `"`), `""`, `"`)
	}
	return "function " + name + " looks for names where the session does, and sessions of the suite look nowhere but in pg_catalog; " +
		"give it a search_path of its own, with the schemas of what it names: " + mend(name, schema), true
}
