package stamp

import (
	"fmt"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// The statements that depend on a dataset are built here and nowhere else.
// Dates stand in them as literals: DDL takes no parameters, and a formatted date
// needs no quoting.

// reader may read what is stamped.
const reader = "sf_reader"

// asOfCheck names the constraint that lets PostgreSQL attach a partition without
// reading it.
const asOfCheck = "sf_as_of"

func dateLiteral(asOf time.Time) string { return "'" + asOf.Format(time.DateOnly) + "'" }

// createPartition makes the bare table that is filled beside the history.
func createPartition(l layout.Layout, partition relation.Relation, asOf time.Time) string {
	return fmt.Sprintf("create table %s (\n%s,\n    constraint %s check (%s = date %s)\n)",
		partition.SQL(), columnList(l), asOfCheck, layout.AsOf, dateLiteral(asOf))
}

// createParent makes the partitioned table that readers use.
func createParent(l layout.Layout) string {
	return fmt.Sprintf("create table %s (\n%s,\n    primary key (%s)\n) partition by list (%s);\ngrant select on %s to %s",
		l.Table.SQL(), columnList(l), relation.QuoteAll(l.PrimaryKey()), layout.AsOf, l.Table.SQL(), reader)
}

// columnList declares the key, as_of, then the rest. Key columns are NOT NULL from
// the start, so that adding the primary key does not read the rows to find that out.
func columnList(l layout.Layout) string {
	var lines []string
	for _, c := range l.Key {
		lines = append(lines, "    "+relation.Quote(c.Name)+" "+c.Type.SQL()+" not null")
	}
	lines = append(lines, "    "+layout.AsOf+" date not null")
	for _, c := range l.Rest {
		lines = append(lines, "    "+relation.Quote(c.Name)+" "+c.Type.SQL())
	}
	return strings.Join(lines, ",\n")
}

// fillPartition copies a candidate in key order: rows that are read together lie
// together, and the key is built from sorted input.
func fillPartition(l layout.Layout, partition, candidate relation.Relation, asOf time.Time) string {
	columns := relation.QuoteAll(layout.Names(l.Columns()))
	return fmt.Sprintf("insert into %s (%s, %s)\nselect %s, date %s\nfrom %s\norder by %s",
		partition.SQL(), columns, layout.AsOf, columns, dateLiteral(asOf), candidate.SQL(), keyOrder(l))
}

func keyOrder(l layout.Layout) string {
	order := make([]string, len(l.Key))
	for i, c := range l.Key {
		order[i] = relation.Quote(c.Name)
		if c.Type.IsText() {
			order[i] += ` collate "C"`
		}
	}
	return strings.Join(order, ", ")
}

func addPrimaryKey(l layout.Layout, partition relation.Relation) string {
	return fmt.Sprintf("alter table %s add constraint %s primary key (%s)",
		partition.SQL(), relation.Quote(layout.PrimaryKeyName(partition)), relation.QuoteAll(l.PrimaryKey()))
}

// attach makes a filled table a partition under its final name. Only attach takes a
// lock that another session can be in the way of: on the parent, SHARE UPDATE
// EXCLUSIVE, which no reader and no writer conflicts with.
func attach(l layout.Layout, filled, final relation.Relation, asOf time.Time) string {
	return strings.Join(append(append([]string{attachAs(l, filled, asOf)}, rename(filled, final)...), grantReader(final)), ";\n")
}

// attachAs makes a table a partition under the name that it has.
func attachAs(l layout.Layout, partition relation.Relation, asOf time.Time) string {
	return fmt.Sprintf("alter table %s attach partition %s for values in (%s)", l.Table.SQL(), partition.SQL(), dateLiteral(asOf))
}

// rename gives a partition another name, and its primary key with it.
func rename(from, to relation.Relation) []string {
	return []string{
		fmt.Sprintf("alter table %s rename to %s", from.SQL(), relation.Quote(to.Name)),
		fmt.Sprintf("alter table %s rename constraint %s to %s", to.SQL(),
			relation.Quote(layout.PrimaryKeyName(from)), relation.Quote(layout.PrimaryKeyName(to))),
	}
}

func grantReader(r relation.Relation) string {
	return fmt.Sprintf("grant select on %s to %s", r.SQL(), reader)
}

// addColumn adds a column that is NULL in every row, without writing any of them.
func addColumn(to relation.Relation, c layout.Column) string {
	return fmt.Sprintf("alter table %s add column %s %s", to.SQL(), relation.Quote(c.Name), c.Type.SQL())
}

// copyAll copies the rows of a table that was filled into a partition that is empty.
func copyAll(l layout.Layout, to, from relation.Relation) string {
	columns := relation.QuoteAll(append(layout.Names(l.Columns()), layout.AsOf))
	return fmt.Sprintf("insert into %s (%s)\nselect %s\nfrom %s\norder by %s", to.SQL(), columns, columns, from.SQL(), keyOrder(l))
}

func dropTable(r relation.Relation) string { return "drop table if exists " + r.SQL() }
