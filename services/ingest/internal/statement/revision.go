package statement

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// RevisionOf is the SQL of a column in the first revision that carries it; nothing where
// none does.
func RevisionOf(from *stepv1.RevisedTable, column string) string {
	for i, p := range from.GetParts() {
		if sql := inPart(p, i, column); sql != "" {
			return sql
		}
	}
	return ""
}

// inPart is the SQL of a column in the part of a number.
func inPart(p *stepv1.RevisionPart, number int, column string) string {
	for _, c := range p.GetColumns() {
		if c.GetName() == column {
			return fmt.Sprintf("p%d.%s", number, relation.Quote(c.GetStandsAs()))
		}
	}
	return ""
}

// FillFromRevisions fills a candidate with the rows of revisions, joined by key. What none
// of them carries is NULL, and no row came from a line of a file.
func FillFromRevisions(t *declared.Table, to relation.Relation, from *stepv1.RevisedTable) string {
	var names, values []string
	for _, c := range t.Columns {
		if value := RevisionOf(from, c.Name); value != "" {
			names, values = append(names, c.Name), append(values, value+"::"+c.Type.SQL())
		}
	}
	var rows strings.Builder
	for i, p := range from.GetParts() {
		r := relation.Of(p.GetRelation()).SQL()
		if i == 0 {
			rows.WriteString(r + " p0")
			continue
		}
		on := make([]string, len(t.Key))
		for k, name := range t.Key {
			on[k] = inPart(p, i, name) + " = " + inPart(from.GetParts()[0], 0, name)
		}
		fmt.Fprintf(&rows, " join %s p%d on %s", r, i, strings.Join(on, " and "))
	}
	return "insert into " + to.SQL() + " (" + relation.QuoteAll(append(names, FileColumn, LineColumn)) + ") select " +
		strings.Join(values, ", ") + ", 0, 0 from " + rows.String()
}
