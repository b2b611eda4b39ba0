package diff

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// tables compares the tables, those that are left behind last.
func (c *comparison) tables() {
	for _, after := range c.after.GetTables() {
		before := dataset.TableByName(c.before, after.GetName())
		if before == nil {
			c.add(Change{Action: Added, Part: Table, Table: after.GetName(), Class: Expanding, Note: "made by the next run"})
			continue
		}
		c.table(before, after)
	}
	for _, before := range c.before.GetTables() {
		if dataset.TableByName(c.after, before.GetName()) == nil {
			c.add(Change{Action: Removed, Part: Table, Table: before.GetName(), Class: Metadata,
				Note: "the live table is left as it is, with its rows, and nothing writes to it any more"})
		}
	}
}

func (c *comparison) table(before, after *datasetv1.Table) {
	c.settings(Change{Part: Table, Table: after.GetName()}, before, after, "name", "columns", "key", "references", "expectations")
	c.key(before, after)
	c.columns(before, after)
	c.references(before, after)
	c.expectations(before, after)
}

// key compares what identifies a row. Another order of the same columns is another
// key too: rows lie and are hashed in its order.
func (c *comparison) key(before, after *datasetv1.Table) {
	if slices.Equal(before.GetKey(), after.GetKey()) {
		return
	}
	snapshots := c.both(after.GetName())
	c.add(Change{
		Action: Changed, Part: Key, Table: after.GetName(), Snapshots: snapshots,
		From: list(before.GetKey()), To: list(after.GetKey()), Class: Refused,
		Note: c.noteOfKey(before, after, snapshots),
	})
}

// noteOfKey says why another key is refused, and each way out that there is. History is never
// re-keyed: snapshots of the table take other names wherever the key becomes another.
func (c *comparison) noteOfKey(before, after *datasetv1.Table, snapshots []string) string {
	keep := "declare key: " + yamlList(before.GetKey())
	anew := ""
	if len(snapshots) > 0 {
		anew = underOtherNames(snapshots)
	}
	if slices.Equal(slices.Sorted(slices.Values(before.GetKey())), slices.Sorted(slices.Values(after.GetKey()))) {
		note := "rows lie in the order of the key, and it is the same columns in another order: " + keep
		if pairs := c.renamed[after.GetName()]; len(pairs.Rings()) > 0 {
			return note + ", since columns of the key exchange their names: each stays at its place, under its new name"
		}
		if anew != "" {
			note += "; or " + anew
		}
		return note
	}
	file := dataset.File(after)
	note := "rows that are there were told apart by the other key: " + keep + " as it was; or declare a new table under another name, with file: " + file
	if anew == "" {
		return note + "; or re-key the table itself first, where none of its rows stand in the way"
	}
	return note + ", and snapshots of it under other names; or re-key the table itself first, where none of its rows stand in the way, and " + anew
}

// both are the snapshots of a table that both versions take.
func (c *comparison) both(table string) []string {
	var names []string
	for _, s := range c.after.GetSnapshots() {
		if before := dataset.SnapshotByName(c.before, s.GetName()); before != nil && before.GetFrom() == table && s.GetFrom() == table {
			names = append(names, s.GetName())
		}
	}
	return names
}

// references compares the references as a set.
func (c *comparison) references(before, after *datasetv1.Table) {
	older, newer := arrows(before), arrows(after)
	for _, r := range newer {
		if !slices.Contains(older, r) {
			c.add(Change{Action: Added, Part: Reference, Table: after.GetName(), Name: r, Class: Metadata,
				Note: "every delivery is held to it from now on; rows that are there are not"})
		}
	}
	for _, r := range older {
		if !slices.Contains(newer, r) {
			c.add(Change{Action: Removed, Part: Reference, Table: after.GetName(), Name: r, Class: Metadata,
				Note: "a foreign key that the live table has for it has to be dropped"})
		}
	}
}

func arrows(t *datasetv1.Table) []string {
	all := make([]string, 0, len(t.GetReferences()))
	for _, r := range t.GetReferences() {
		all = append(all, list(r.GetColumns())+" → "+r.GetTable())
	}
	return all
}

func list(names []string) string { return "(" + strings.Join(names, ", ") + ")" }

// yamlList is a list as a dataset's file has it.
func yamlList(names []string) string { return "[" + strings.Join(names, ", ") + "]" }
