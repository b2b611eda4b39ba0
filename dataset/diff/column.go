package diff

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// columns compares a table's columns, those that are lost last.
func (c *comparison) columns(before, after *datasetv1.Table) {
	for _, newer := range after.GetColumns() {
		older := dataset.ColumnByName(before, newer.GetName())
		if older == nil {
			c.columnAdded(after, newer)
			continue
		}
		c.columnRenamed(after, newer)
		c.column(after, older, newer)
	}
	for _, older := range before.GetColumns() {
		if dataset.ColumnByName(after, older.GetName()) == nil {
			c.columnRemoved(after, older)
		}
	}
	c.order(before, after)
}

func (c *comparison) columnAdded(table *datasetv1.Table, column *datasetv1.Column) {
	note := "added by the next run, NULL in the rows that are there"
	if !column.GetOptional() {
		note += "; a file that lacks it is refused from now on, also one of an earlier as_of, unless it is declared optional: true"
	}
	c.add(Change{
		Action: Added, Part: Column, Table: table.GetName(), Name: column.GetName(), To: column.GetType(),
		Snapshots: c.gain(table.GetName(), column.GetName()), Class: Expanding, Note: note,
	})
}

func (c *comparison) columnRemoved(table *datasetv1.Table, column *datasetv1.Column) {
	lose := c.lose(table.GetName(), column.GetName())
	instead := "or drop it yourself from the table and apply again"
	if len(lose) > 0 {
		instead = "or " + underOtherNames(lose) + ", and drop it yourself from the live table and apply again; history is not what was stamped without it"
	}
	c.add(Change{
		Action: Removed, Part: Column, Table: table.GetName(), Name: column.GetName(), From: column.GetType(),
		Snapshots: lose, Class: Refused,
		Note: lostBeside(dataset.TableByName(c.after, table.GetName()), column) +
			"rows that are there have values in it: keep it declared with optional: true, so that files may come without it, " + instead,
	})
}

// underOtherNames is the way out of a change that no history of the snapshots can have.
func underOtherNames(snapshots []string) string {
	return "declare other names for what is taken from it (" + strings.Join(snapshots, ", ") + "), whose history begins anew"
}

// column compares two versions of one column.
func (c *comparison) column(table *datasetv1.Table, before, after *datasetv1.Column) {
	of := Change{Action: Changed, Part: Column, Table: table.GetName(), Name: after.GetName()}
	if before.GetType() != after.GetType() {
		change := of
		change.Field, change.From, change.To = "type", before.GetType(), after.GetType()
		change.Class, change.Note = typeChange(before.GetType(), after.GetType())
		change.Snapshots = c.keep(table.GetName(), after.GetName())
		c.add(change)
	}
	if before.GetOptional() != after.GetOptional() {
		change := of
		change.Field, change.From, change.To = "optional", truth(before.GetOptional()), truth(after.GetOptional())
		change.Class, change.Note = Expanding, "a file may lack it, and it is then NULL"
		if !after.GetOptional() {
			change.Class, change.Note = Metadata, "a file that lacks it is refused from now on; rows that are there keep their NULLs"
		}
		c.add(change)
	}
	c.renamedFrom(of, before, after)
	c.settings(of, before, after, "name", "type", "optional", "renamed_from")
}

// order notes columns that stand in another order. Those that are new do not count:
// in PostgreSQL they come last wherever they are declared.
func (c *comparison) order(before, after *datasetv1.Table) {
	older, newer := shared(before, after), shared(after, before)
	if slices.Equal(older, newer) {
		return
	}
	c.add(Change{
		Action: Changed, Part: Table, Table: after.GetName(), Field: "order of columns", From: list(older), To: list(newer),
		Class: Metadata, Note: "the tables that are there keep theirs",
	})
}

// shared are the columns of a table that the other has too.
func shared(table, other *datasetv1.Table) []string {
	var names []string
	for _, column := range table.GetColumns() {
		if dataset.ColumnByName(other, column.GetName()) != nil {
			names = append(names, column.GetName())
		}
	}
	return names
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
