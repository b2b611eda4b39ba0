package stamp

import (
	"fmt"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// The columns of a table of differences beside those of the rows: rowChange says how a row
// differs, rowDiffers of one that is changed, per column of the layout's rest, whether it
// differs in it, and rowKept of one that was stamped, where it lies in the copy.
const (
	rowChange  = "sf_change"
	rowDiffers = "sf_differs"
	rowKept    = "sf_kept"
)

// How a row differs, as it stands in that column and in what is told of it.
const (
	added   = "added"
	removed = "removed"
	changed = "changed"
)

// createKept makes the table of a revision that is superseded, of the columns that its
// partition has.
func createKept(kept, partition relation.Relation) string {
	return fmt.Sprintf("create table %s (like %s)", kept.SQL(), partition.SQL())
}

// fillKept copies a partition, whose columns are in the order of those of the copy. Its rows
// lie in the order of the key but for those that were corrected, and are not sorted again.
func fillKept(kept relation.Relation, columns []string, partition relation.Relation, has []string) string {
	return fmt.Sprintf("insert into %s (%s) select %s from %s", kept.SQL(), relation.QuoteAll(columns), relation.QuoteAll(has), partition.SQL())
}

// closeKept gives the copy its key, its revision, and the check that lets it be attached without
// being read. A column of one value is stored in no row, and a check of all rows at once costs
// a fifth of what it does row by row as they come.
func closeKept(l layout.Layout, kept relation.Relation, asOf time.Time, revision int32) string {
	return fmt.Sprintf("%s, add column %s integer not null default %d, add constraint %s check (%s = date %s and %s = %d)",
		addPrimaryKey(l, kept), keptRevision, revision, asOfCheck, layout.AsOf, dateLiteral(asOf), keptRevision, revision)
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
	return fmt.Sprintf("create table %s (\n%s,\n    %s text not null,\n    %s boolean[],\n    %s tid\n)",
		differences.SQL(), strings.Join(lines, ",\n"), rowChange, rowDiffers, rowKept)
}

// fillDifferences finds the rows that differ between a revision and a candidate, in one
// join, which tells as well in what they differ, and answers with nothing. stamped is the
// revision's rows as SQL.
func fillDifferences(l layout.Layout, differences relation.Relation, stamped string, candidate relation.Relation) string {
	values, differ := make([]string, 0, len(l.Columns())), make([]string, len(l.Rest))
	for _, c := range l.Key {
		name := relation.Quote(c.Name)
		values = append(values, "coalesce(c."+name+", s."+name+")")
	}
	first := relation.Quote(l.Key[0].Name)
	where := "c." + first + " is null or s." + first + " is null"
	for i, c := range l.Rest {
		name := relation.Quote(c.Name)
		values, differ[i] = append(values, "c."+name), "s."+name+" is distinct from c."+name
		where += " or " + differ[i]
	}
	return fmt.Sprintf("insert into %[1]s (%[2]s, %[3]s, %[4]s, %[15]s)\nselect %[5]s, "+
		"case when c.%[6]s is null then '%[7]s' when s.%[6]s is null then '%[8]s' else '%[9]s' end, "+
		"case when c.%[6]s is not null and s.%[6]s is not null then array[%[10]s]::boolean[] end, s.ctid\n"+
		"from %[11]s s full join %[12]s c on %[13]s\nwhere %[14]s",
		differences.SQL(), relation.QuoteAll(layout.Names(l.Columns())), rowChange, rowDiffers, strings.Join(values, ", "), first, removed, added, changed,
		strings.Join(differ, ", "), stamped, candidate.SQL(), ofOneKey(l, "s", "c"), where, rowKept)
}

// analyzeDifferences has the planner know how many there are of each kind, and their keys.
func analyzeDifferences(l layout.Layout, differences relation.Relation) string {
	return fmt.Sprintf("analyze %s (%s, %s)", differences.SQL(), relation.QuoteAll(layout.Names(l.Key)), rowChange)
}

// cameRows are the rows of the differences that a candidate brought, as SQL.
func cameRows(differences relation.Relation) string {
	return fmt.Sprintf("(select * from %s where %s <> '%s') d", differences.SQL(), rowChange, removed)
}

// wentRows are the rows of a copy that go, or are changed, as SQL. Nobody else writes to the
// copy: its rows lie where they lay when they were compared.
func wentRows(differences relation.Relation, stamped string) string {
	return fmt.Sprintf("(select s.* from %s d join %s s on s.ctid = d.%s) s", differences.SQL(), stamped, rowKept)
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
func countChanges(l layout.Layout, differences relation.Relation) string {
	counts := make([]string, len(l.Rest))
	for i := range l.Rest {
		counts[i] = fmt.Sprintf("count(*) filter (where %s[%d])", rowDiffers, i+1)
	}
	return fmt.Sprintf("select count(*) filter (where %[1]s = '%[2]s'), count(*) filter (where %[1]s = '%[3]s'), count(*) filter (where %[1]s = '%[4]s'), "+
		"array[%[5]s]::bigint[]\nfrom %[6]s", rowChange, added, removed, changed, strings.Join(counts, ", "), differences.SQL())
}

// firstChanges lists the first $1 rows that differ, in the order of the key: the key as
// text, how, and per column of l.Rest whether it differs.
func firstChanges(l layout.Layout, differences relation.Relation) string {
	keys := make([]string, len(l.Key))
	for i, c := range l.Key {
		keys[i] = relation.Quote(c.Name) + "::text"
	}
	return fmt.Sprintf("select array[%s], %s, %s\nfrom %s\norder by %s\nlimit $1", strings.Join(keys, ", "), rowChange, rowDiffers, differences.SQL(), keyOrder(l))
}

// rowsWith are the rows of a table as SQL, each with where it lies, and with the columns of
// the layout that it has not got as NULL.
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
	return "(select ctid, *" + nulls.String() + " from " + from.SQL() + ")"
}

// anyValue asks whether one of the columns has a value in any row.
func anyValue(from relation.Relation, columns []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = relation.Quote(c) + " is not null"
	}
	return "select exists (select from " + from.SQL() + " where " + strings.Join(parts, " or ") + ")"
}

// applyDifferences writes the differences into a partition, by ordinary statements: one for
// each kind of which there are any.
func applyDifferences(l layout.Layout, partition, differences relation.Relation, asOf time.Time, told store.Restated) []string {
	where := ofOneKey(l, "p", "d")
	var statements []string
	if told.Removed > 0 {
		statements = append(statements, fmt.Sprintf("delete from %s p using %s d where d.%s = '%s' and %s",
			partition.SQL(), differences.SQL(), rowChange, removed, where))
	}
	if told.Changed > 0 {
		sets := make([]string, len(l.Rest))
		for i, c := range l.Rest {
			sets[i] = relation.Quote(c.Name) + " = d." + relation.Quote(c.Name)
		}
		statements = append(statements, fmt.Sprintf("update %s p set %s from %s d where d.%s = '%s' and %s",
			partition.SQL(), strings.Join(sets, ", "), differences.SQL(), rowChange, changed, where))
	}
	if told.Added > 0 {
		columns := relation.QuoteAll(layout.Names(l.Columns()))
		statements = append(statements, fmt.Sprintf("insert into %s (%s, %s) select %s, date %s from %s where %s = '%s' order by %s",
			partition.SQL(), columns, layout.AsOf, columns, dateLiteral(asOf), differences.SQL(), rowChange, added, keyOrder(l)))
	}
	return statements
}
