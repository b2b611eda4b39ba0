package statement

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Pointing is a foreign key to a live table from a table that is not the dataset's.
type Pointing struct {
	// Rows is the SQL of the rows that may refer.
	Rows string
	// Columns of them refer to the columns To, each compared by its operator, under its
	// collation: those of the two sides may differ.
	Columns, To, Operators, Collations []string
}

// on is the condition that the row r refers to the live row l.
func (p Pointing) on() string {
	all := make([]string, len(p.Columns))
	for i := range p.Columns {
		all[i] = "l." + relation.Quote(p.To[i]) + p.Collations[i] + " " + p.Operators[i] + " r." + relation.Quote(p.Columns[i])
	}
	return strings.Join(all, " and ")
}

// Has says whether the columns can be asked for: those that the dataset does not declare are
// out of sight until the table has the declared ones.
func (s Standing) Has(t *declared.Table, columns []string) bool {
	if len(s.Open)+len(s.Lacks) == 0 {
		return true
	}
	return !slices.ContainsFunc(columns, func(c string) bool {
		return !slices.ContainsFunc(t.Columns, func(d declared.Column) bool { return d.Name == c })
	})
}

// Referred counts the rows that refer to a live row that is withdrawn. Its parameters are
// those of Delete.
func (w Withdrawing) Referred(p Pointing, s Standing) string {
	return w.with(3) + " " + referred(p, s.live(w.Table), w.goes())
}

// ReferredDeparted counts the rows that refer to a live row that DeleteDeparted deletes.
func ReferredDeparted(t *declared.Table, c relation.Relation, p Pointing, s Standing) string {
	return referred(p, s.live(t), departs(t, c))
}

func referred(p Pointing, live, goes string) string {
	return "select count(*) from " + p.Rows + " r join " + live + " l on " + p.on() + " where " + goes
}
