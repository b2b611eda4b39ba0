package postgres

import (
	"context"
	_ "embed" // the statement
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
)

// Caller is what has PostgreSQL call a function of the users' own as rows are written into
// a table, other than a trigger on the table: an expression that belongs to it, or what
// stands on a table that its foreign keys write into.
type Caller struct {
	// Table is the one that was asked for, On the one that it stands on. Both are empty of
	// an event trigger.
	Table, On relation.Relation
	// Kind is check, domain, default, generated, index, partition key, trigger or event trigger.
	Kind string
	// Name is that of the constraint, column, index or trigger.
	Name string
	// Function is what it calls, with the types of its arguments.
	Function string
}

//go:embed caller.sql
var callerSQL string

// Callers lists what has functions called as rows are written into the tables and, where
// tables are made, the event triggers. A table that is not there has none.
func Callers(ctx context.Context, q Querier, tables []relation.Relation, made bool) ([]Caller, error) {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Name
	}
	found, err := q.Query(ctx, callerSQL, pgx.QueryExecModeExec, schemas, names, made)
	if err != nil {
		return nil, fmt.Errorf("look for functions that are called as rows are written: %w", err)
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) (Caller, error) {
		var c Caller
		var place int64
		return c, row.Scan(&place, &c.Table.Schema, &c.Table.Name, &c.On.Schema, &c.On.Name, &c.Kind, &c.Name, &c.Function)
	})
}

// String names it and what it calls.
func (c Caller) String() string {
	calls := ", which calls " + c.Function
	name := relation.Quote(c.Name)
	switch c.Kind {
	case "event trigger":
		return "event trigger " + name + calls
	case "check":
		return "check " + name + " of " + c.On.String() + calls
	case "domain":
		return "check " + name + " of a domain of " + c.On.String() + calls
	case "default", "generated":
		return "the " + c.Kind + " value of column " + name + " of " + c.On.String() + calls
	case "partition key":
		return "the partition key of " + c.On.String() + calls
	}
	return c.Kind + " " + name + " on " + c.On.String() + calls
}

// Off is the statement that keeps it from calling; empty where there is no single one.
func (c Caller) Off() string {
	table, name := "alter table "+c.On.SQL(), relation.Quote(c.Name)
	switch c.Kind {
	case "event trigger":
		return "alter event trigger " + name + " disable"
	case "trigger":
		return table + " disable trigger " + name
	case "check":
		return table + " drop constraint " + name
	case "default":
		return table + " alter column " + name + " drop default"
	case "generated":
		return table + " alter column " + name + " drop expression"
	case "index":
		return "drop index " + relation.Relation{Schema: c.On.Schema, Name: c.Name}.SQL()
	}
	return ""
}
