package stamp

import (
	"fmt"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// rowChange is the column of a table of differences that says how a row differs.
const rowChange = "sf_change"

// How a row differs, as it stands in that column and in what is told of it.
const (
	added   = "added"
	removed = "removed"
	changed = "changed"
)

// createKept makes the table of a revision that is superseded, of the columns that its
// partition has. The check lets it be attached without being read.
func createKept(kept, partition relation.Relation, asOf time.Time, revision int32) string {
	return fmt.Sprintf("create table %s (like %s, %s integer not null default %d,\n    constraint %s check (%s = date %s and %s = %d))",
		kept.SQL(), partition.SQL(), keptRevision, revision, asOfCheck, layout.AsOf, dateLiteral(asOf), keptRevision, revision)
}

// fillKept copies a partition, whose columns are in the order of those of the copy. Its rows
// lie in the order of the key but for those that were corrected, and are not sorted again.
func fillKept(kept relation.Relation, columns []string, partition relation.Relation, has []string) string {
	return fmt.Sprintf("insert into %s (%s) select %s from %s", kept.SQL(), relation.QuoteAll(columns), relation.QuoteAll(has), partition.SQL())
}

// attachKept makes it one of the superseded revisions, under its final name.
func attachKept(l layout.Layout, filled, final relation.Relation, asOf time.Time, revision int32) []string {
	bound := fmt.Sprintf("alter table %s attach partition %s for values from (%s, %d) to (%s, %d)",
		l.AllKept().SQL(), filled.SQL(), dateLiteral(asOf), revision, dateLiteral(asOf), revision+1)
	return append(append([]string{bound}, rename(filled, final)...), grantReader(final))
}

// createDifferences makes the table that holds the rows that differ, each as it is to be;
// of one that is removed, the key.
func createDifferences(l layout.Layout, differences relation.Relation) string {
	var lines []string
	for _, c := range l.Columns() {
		lines = append(lines, "    "+relation.Quote(c.Name)+" "+c.Type.SQL())
	}
	return fmt.Sprintf("create table %s (\n%s,\n    %s text not null\n)", differences.SQL(), strings.Join(lines, ",\n"), rowChange)
}

// fillDifferences finds the rows that differ between a revision and a candidate, in one
// join, and answers with nothing. stamped is the revision's rows as SQL.
func fillDifferences(l layout.Layout, differences relation.Relation, stamped string, candidate relation.Relation) string {
	var values []string
	for _, c := range l.Key {
		name := relation.Quote(c.Name)
		values = append(values, "coalesce(c."+name+", s."+name+")")
	}
	first := relation.Quote(l.Key[0].Name)
	where := "c." + first + " is null or s." + first + " is null"
	for _, c := range l.Rest {
		name := relation.Quote(c.Name)
		values = append(values, "c."+name)
		where += " or s." + name + " is distinct from c." + name
	}
	return fmt.Sprintf("insert into %s (%s, %s)\nselect %s, case when c.%s is null then '%s' when s.%s is null then '%s' else '%s' end\n"+
		"from %s s full join %s c on %s\nwhere %s",
		differences.SQL(), relation.QuoteAll(layout.Names(l.Columns())), rowChange, strings.Join(values, ", "), first, removed, first, added, changed,
		stamped, candidate.SQL(), ofOneKey(l, "s", "c"), where)
}

// analyzeDifferences has the planner know how many there are of each kind, and their keys.
func analyzeDifferences(l layout.Layout, differences relation.Relation) string {
	return fmt.Sprintf("analyze %s (%s, %s)", differences.SQL(), relation.QuoteAll(layout.Names(l.Key)), rowChange)
}

// cameRows are the rows of the differences that a candidate brought, as SQL.
func cameRows(differences relation.Relation) string {
	return fmt.Sprintf("(select * from %s where %s <> '%s') d", differences.SQL(), rowChange, removed)
}

// wentRows are the rows that are stamped and go, or are changed, as SQL.
func wentRows(l layout.Layout, differences relation.Relation, stamped string) string {
	return fmt.Sprintf("(select s.* from %s d join %s s on %s where d.%s <> '%s') s", differences.SQL(), stamped, ofOneKey(l, "s", "d"), rowChange, added)
}

// ofOneKey is the condition that the rows of two aliases have the same key.
func ofOneKey(l layout.Layout, one, other string) string {
	on := make([]string, len(l.Key))
	for i, c := range l.Key {
		name := relation.Quote(c.Name)
		on[i] = one + "." + name + " = " + other + "." + name
	}
	return strings.Join(on, " and ")
}

// countChanges counts the rows of the differences by how they differ, and of the changed
// ones, for each column of l.Rest, those that differ in it.
func countChanges(l layout.Layout, differences relation.Relation, stamped string) string {
	counts := make([]string, len(l.Rest))
	for i := range l.Rest {
		counts[i] = fmt.Sprintf("count(*) filter (where sf_differs[%d])", i+1)
	}
	return fmt.Sprintf("select count(*) filter (where %[1]s = '%[2]s'), count(*) filter (where %[1]s = '%[3]s'), count(*) filter (where %[1]s = '%[4]s'), "+
		"array[%[5]s]::bigint[]\nfrom (%[6]s) d", rowChange, added, removed, changed, strings.Join(counts, ", "), flaggedChanges(l, differences.SQL(), stamped))
}

// firstChanges lists the first $1 rows that differ, in the order of the key: the key as
// text, how, and per column of l.Rest whether it differs. Only they are joined.
func firstChanges(l layout.Layout, differences relation.Relation, stamped string) string {
	keys := make([]string, len(l.Key))
	for i, c := range l.Key {
		keys[i] = relation.Quote(c.Name) + "::text"
	}
	first := fmt.Sprintf("(select * from %s order by %s limit $1)", differences.SQL(), keyOrder(l))
	return fmt.Sprintf("select array[%s], %s, sf_differs\nfrom (%s) d\norder by %s",
		strings.Join(keys, ", "), rowChange, flaggedChanges(l, first, stamped), keyOrder(l))
}

// flaggedChanges are the differences with a flag for each column of l.Rest. As in
// differingRows, what differs is told inside the join.
func flaggedChanges(l layout.Layout, differences, stamped string) string {
	keys := make([]string, len(l.Key))
	for i, c := range l.Key {
		keys[i] = "d." + relation.Quote(c.Name)
	}
	flags := make([]string, len(l.Rest))
	for i, c := range l.Rest {
		name := relation.Quote(c.Name)
		flags[i] = fmt.Sprintf("d.%s = '%s' and s.%s is distinct from d.%s", rowChange, changed, name, name)
	}
	return fmt.Sprintf("select %s, d.%s, array[%s]::boolean[] as sf_differs\nfrom %s d left join %s s on %s\noffset 0",
		strings.Join(keys, ", "), rowChange, strings.Join(flags, ", "), differences, stamped, ofOneKey(l, "s", "d"))
}

// rowsWith are the rows of a table as SQL, with the columns of the layout that it has not
// got as NULL.
func rowsWith(l layout.Layout, from relation.Relation, has []string) string {
	lacks := l.Without(has)
	if len(lacks) == 0 {
		return from.SQL()
	}
	var nulls strings.Builder
	for _, c := range l.Columns() {
		if !holds(has, []string{c.Name}) {
			fmt.Fprintf(&nulls, ", null::%s as %s", c.Type.SQL(), relation.Quote(c.Name))
		}
	}
	return "(select *" + nulls.String() + " from " + from.SQL() + ")"
}

// anyValue asks whether one of the columns has a value in any row.
func anyValue(from relation.Relation, columns []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = relation.Quote(c) + " is not null"
	}
	return "select exists (select from " + from.SQL() + " where " + strings.Join(parts, " or ") + ")"
}

// applyDifferences writes the differences into a partition, by ordinary statements.
func applyDifferences(l layout.Layout, partition, differences relation.Relation, asOf time.Time) []string {
	where := ofOneKey(l, "p", "d")
	statements := []string{fmt.Sprintf("delete from %s p using %s d where d.%s = '%s' and %s", partition.SQL(), differences.SQL(), rowChange, removed, where)}
	if len(l.Rest) > 0 {
		sets := make([]string, len(l.Rest))
		for i, c := range l.Rest {
			sets[i] = relation.Quote(c.Name) + " = d." + relation.Quote(c.Name)
		}
		statements = append(statements, fmt.Sprintf("update %s p set %s from %s d where d.%s = '%s' and %s",
			partition.SQL(), strings.Join(sets, ", "), differences.SQL(), rowChange, changed, where))
	}
	columns := relation.QuoteAll(layout.Names(l.Columns()))
	return append(statements, fmt.Sprintf("insert into %s (%s, %s) select %s, date %s from %s where %s = '%s' order by %s",
		partition.SQL(), columns, layout.AsOf, columns, dateLiteral(asOf), differences.SQL(), rowChange, added, keyOrder(l)))
}
