package postgres

import (
	"context"
	_ "embed" // the statement
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
)

// Hand is a trigger of the users' own on a table, or on a partition of it, that may take
// a hand with the rows that are written into it.
type Hand struct {
	// Table is the one that was asked for, On the one that the trigger stands on.
	Table, On relation.Relation
	Trigger   string
	// Function is what it calls, with the types of its arguments.
	Function string
	// Before says that it is called before each row is written, and may write another
	// one in its place, or none.
	Before bool
	// Into are those of the tables that the text of its function writes into.
	Into []relation.Relation
}

//go:embed hand.sql
var handSQL string

// Hands lists the triggers that fire when rows are written into the tables, in the order
// of the tables. A table that is not there has none.
func Hands(ctx context.Context, q Querier, tables []relation.Relation) ([]Hand, error) {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Name
	}
	found, err := q.Query(ctx, handSQL, pgx.QueryExecModeExec, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("look for triggers: %w", err)
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) (Hand, error) {
		var h Hand
		var body string
		err := row.Scan(&h.Table.Schema, &h.Table.Name, &h.On.Schema, &h.On.Name, &h.Trigger, &h.Function, &h.Before, &body)
		for _, t := range tables {
			if writesInto(body, t) {
				h.Into = append(h.Into, t)
			}
		}
		return h, err
	})
}

// writesInto says whether the text of a function has a statement that writes into the
// table. It is a guess: a text may put its statements together.
func writesInto(body string, t relation.Relation) bool {
	name := func(s string) string {
		return `(?:` + regexp.QuoteMeta(s) + `|` + regexp.QuoteMeta(relation.Quote(s)) + `)`
	}
	statement := regexp.MustCompile(`(?i)\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+(?:only\s+)?(?:` +
		name(t.Schema) + `\s*\.\s*)?` + name(t.Name) + `(?:[^\w$.]|$)`)
	return statement.MatchString(body)
}

// String names the trigger and what it calls.
func (h Hand) String() string {
	return "trigger " + relation.Quote(h.Trigger) + " on " + h.On.String() + ", which calls " + h.Function
}

// Off is the statement that keeps the trigger from firing.
func (h Hand) Off() string {
	return "alter table " + h.On.SQL() + " disable trigger " + relation.Quote(h.Trigger)
}

// Warning says what may come of the trigger; false where nothing shows that it does more
// than to look on.
func (h Hand) Warning() (relation.Difference, bool) {
	const so = "; a run compares the table with what it wrote, and refuses where they differ"
	switch {
	case h.Before:
		return relation.Differs("found "+h.String()+" before a row is written, and may change or skip it"+so,
			"see that it leaves the rows as they are, or take it away: "+h.Off()), true
	case len(h.Into) > 0:
		into := make([]string, len(h.Into))
		for i, t := range h.Into {
			into[i] = t.String()
		}
		return relation.Differs("found "+h.String()+", whose text writes into "+strings.Join(into, " and ")+so,
			"see that it leaves the rows as they are, or take it away: "+h.Off()), true
	}
	return relation.Difference{}, false
}
