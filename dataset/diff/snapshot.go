package diff

import (
	"slices"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// snapshots compares what is kept as history, what is no longer stamped last.
func (c *comparison) snapshots() {
	for _, after := range c.after.GetSnapshots() {
		before := dataset.SnapshotByName(c.before, after.GetName())
		if before == nil {
			c.add(Change{Action: Added, Part: Snapshot, Snapshot: after.GetName(), To: "from " + after.GetFrom(), Class: Expanding,
				Note: "made by the next run; there is no history of earlier as_of dates"})
			continue
		}
		c.snapshot(before, after)
	}
	for _, before := range c.before.GetSnapshots() {
		if dataset.SnapshotByName(c.after, before.GetName()) == nil {
			c.add(Change{Action: Removed, Part: Snapshot, Snapshot: before.GetName(), From: "from " + before.GetFrom(), Class: Metadata,
				Note: "its history is left as it is, and nothing is stamped into it any more"})
		}
	}
}

func (c *comparison) snapshot(before, after *datasetv1.Snapshot) {
	if before.GetFrom() != after.GetFrom() {
		c.add(Change{
			Action: Changed, Part: Snapshot, Snapshot: after.GetName(), Field: "from", From: before.GetFrom(), To: after.GetFrom(), Class: Refused,
			Note: "the history that is there is of another table: declare a new snapshot under another name",
		})
	} else {
		c.snapshotColumns(before, after)
	}
	c.settings(Change{Part: Snapshot, Snapshot: after.GetName()}, before, after, "name", "from", "columns")
}

// snapshotColumns compares what a snapshot keeps, besides what its table gained and
// lost itself, which is said there.
func (c *comparison) snapshotColumns(before, after *datasetv1.Snapshot) {
	older, newer := columnNames(c.before, before), columnNames(c.after, after)
	table := dataset.TableByName(c.before, before.GetFrom())
	added, lost := without(newer, older), without(older, newer)
	for _, name := range added {
		if dataset.ColumnByName(table, name) != nil {
			c.add(Change{Action: Added, Part: Column, Snapshot: after.GetName(), Name: name, Snapshots: []string{after.GetName()}, Class: Expanding,
				Note: "added by the next run, NULL in the history that is there"})
		}
	}
	for _, name := range lost {
		if dataset.ColumnByName(dataset.TableByName(c.after, after.GetFrom()), name) != nil {
			c.add(Change{Action: Removed, Part: Column, Snapshot: after.GetName(), Name: name, Snapshots: []string{after.GetName()}, Class: Refused,
				Note: "the history that is there has values in it: keep it, or declare a new snapshot under another name"})
		}
	}
	if from, to := list(before.GetColumns()), list(after.GetColumns()); from != to && len(added)+len(lost) == 0 {
		c.add(Change{Action: Changed, Part: Snapshot, Snapshot: after.GetName(), Field: "columns", From: from, To: to, Class: Metadata,
			Note: "the columns that are kept are the same"})
	}
}

// gain are the snapshots of both versions that get a column which the table did not
// have, lose those that had one which it has no more, and keep those that have it in both.
func (c *comparison) gain(table, column string) []string { return c.with(table, column, false, true) }
func (c *comparison) lose(table, column string) []string { return c.with(table, column, true, false) }
func (c *comparison) keep(table, column string) []string { return c.with(table, column, true, true) }

func (c *comparison) with(table, column string, before, after bool) []string {
	var names []string
	for _, name := range c.both(table) {
		had := slices.Contains(columnNames(c.before, dataset.SnapshotByName(c.before, name)), column)
		has := slices.Contains(columnNames(c.after, dataset.SnapshotByName(c.after, name)), column)
		if had == before && has == after {
			names = append(names, name)
		}
	}
	return names
}

func columnNames(d *datasetv1.Dataset, s *datasetv1.Snapshot) []string {
	var names []string
	for _, column := range dataset.SnapshotColumns(d, s) {
		names = append(names, column.GetName())
	}
	return names
}

// without are the names that the others lack.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}
