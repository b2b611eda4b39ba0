package stamp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// createAllKept makes the table whose partitions are the superseded revisions. It is
// partitioned, so that one more is attached without a lock that a reader conflicts with,
// and one month is read without the others.
func createAllKept(l layout.Layout) string {
	return fmt.Sprintf("create table %s (like %s, %s integer not null) partition by range (%s, %s)",
		l.AllKept().SQL(), l.Table.SQL(), keptRevision, layout.AsOf, keptRevision)
}

// catalogColumns are what the view shows of the catalog, under their own names unless the
// snapshot has columns of those.
var catalogColumns = []string{"revision", "known_at", "superseded_at"}

// revisionColumns are those of the view: the key, as_of, what the catalog says, and the
// rest, so that a column that the snapshot gets comes last. Those of the catalog have no
// type here.
func revisionColumns(table []column) []column {
	var all []column
	for _, c := range table {
		all = append(all, c)
		if c.name != layout.AsOf {
			continue
		}
		for _, name := range catalogColumns {
			if slices.ContainsFunc(table, func(c column) bool { return c.name == name }) {
				name = "sf_" + name
			}
			all = append(all, column{name: name})
		}
	}
	return all
}

// selectRevisions is the query of the view. A reader that began before a revision was
// superseded may find it attached among the kept already; for that reader it is current,
// and is shown from the snapshot's table alone.
func selectRevisions(l layout.Layout, table []column) string {
	columns := func(alias string) string {
		var all []string
		for _, c := range revisionColumns(table) {
			if c.typ != "" {
				all = append(all, alias+"."+relation.Quote(c.name))
				continue
			}
			all = append(all, "c."+strings.TrimPrefix(c.name, "sf_")+" as "+relation.Quote(c.name))
		}
		return strings.Join(all, ", ")
	}
	of := fmt.Sprintf("c.table_schema = %s and c.table_name = %s", literal(l.Table.Schema), literal(l.Table.Name))
	return fmt.Sprintf("select %s\n  from %s t\n  join sf_snapshot.catalog c on %s and c.as_of = t.as_of and c.current\n"+
		"union all\nselect %s\n  from %s k\n  join sf_snapshot.catalog c on %s and c.as_of = k.as_of and c.revision = k.%s and not c.current",
		columns("t"), l.Table.SQL(), of, columns("k"), l.AllKept().SQL(), of, keptRevision)
}

// literal quotes a text for SQL that takes no parameters.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
