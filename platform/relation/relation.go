// Package relation names tables and columns in SQL. Every identifier that goes
// into a statement is quoted here, and nowhere else.
package relation

import (
	"strings"

	"github.com/jackc/pgx/v5"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Relation is a table or a view in PostgreSQL, without quotes.
type Relation struct {
	Schema string
	Name   string
}

// MaxName is how long an identifier may be, in bytes; PostgreSQL cuts longer ones
// in silence (NAMEDATALEN - 1).
const MaxName = 63

// Of reads a relation from its message.
func Of(m *stepv1.Relation) Relation {
	return Relation{Schema: m.GetSchema(), Name: m.GetName()}
}

// Proto returns the relation as a message.
func (r Relation) Proto() *stepv1.Relation {
	return &stepv1.Relation{Schema: r.Schema, Name: r.Name}
}

// SQL returns the relation quoted for a statement.
func (r Relation) SQL() string {
	return pgx.Identifier{r.Schema, r.Name}.Sanitize()
}

// String returns the relation for people.
func (r Relation) String() string { return r.Schema + "." + r.Name }

// Quote quotes one identifier.
func Quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// QuoteAll quotes identifiers and joins them by a comma.
func QuoteAll(names []string) string { return Join("", names, ", ") }

// Join quotes column names, each behind the prefix (an alias with its dot, or
// nothing), and joins them by sep.
func Join(prefix string, names []string, sep string) string {
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(prefix)
		b.WriteString(Quote(n))
	}
	return b.String()
}

// KeepType stands before the SQL of a column that is of a type which no run and no migration
// makes it. The SQL helps only where the type was changed by hand.
const KeepType = "keep the type that it has, and declare the new one as a column of another name: values would be changed by it; only where somebody altered the column by hand: "
