package relation

import (
	"fmt"
	"slices"
	"strings"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Rename is a column of a table that was called From and is called To.
type Rename struct{ From, To string }

// RenamesProto returns renames as messages.
func RenamesProto(all []Rename) []*stepv1.ColumnRename {
	messages := make([]*stepv1.ColumnRename, len(all))
	for i, r := range all {
		messages[i] = &stepv1.ColumnRename{From: r.From, To: r.To}
	}
	return messages
}

// Renaming is the SQL that renames columns of a table, step by step in the given order.
func Renaming(table Relation, steps []Rename) string {
	sql := make([]string, len(steps))
	for i, s := range steps {
		sql[i] = "alter table " + table.SQL() + " rename column " + Quote(s.From) + " to " + Quote(s.To)
	}
	return strings.Join(sql, "; ")
}

// Renamed are the columns of a table that stand by another name than the declared one.
type Renamed struct {
	Table Relation
	// Remedy is who renames them.
	Remedy Remedy
	// Rings exchange their names; RingSteps carry that out one by one.
	Rings, RingSteps []Rename
	// Paths are the others, in an order in which each can be carried out by itself.
	Paths []Rename
	// Both are those of which the older name stands and the newer.
	Both []Rename
	// Needed are columns that nobody may drop, since what is recorded stands on their values.
	Needed []string
}

// Differences says of each column how it stands, and of those that exchange their names
// together. PostgreSQL renames a column in views, indexes, keys and partitions with it.
func (r Renamed) Differences() []Difference {
	var all []Difference
	if len(r.Rings) > 0 {
		said := make([]string, len(r.Rings))
		for i, one := range r.Rings {
			said[i] = one.From + " to " + one.To
		}
		d := Difference{
			Found: "expected columns that exchange their names, " + strings.Join(said, ", ") + "; views follow, SQL elsewhere does not",
			Mend:  Renaming(r.Table, r.RingSteps), Remedy: r.Remedy, Renames: r.Rings, OfName: true,
		}
		if r.Remedy == ByPerson {
			d.Mend += "; then leave renamed_from out of the dataset, since nothing tells that it is done"
		}
		all = append(all, d)
	}
	for _, one := range r.Paths {
		all = append(all, Difference{
			Found: fmt.Sprintf("expected a column %s, found it as %[2]s, from which it is renamed; views follow, SQL elsewhere that says %[2]s does not", one.To, one.From),
			Mend:  Renaming(r.Table, []Rename{one}), Column: one.To, Remedy: r.Remedy, Renames: []Rename{one}, OfName: true,
		})
	}
	for _, one := range r.Both {
		all = append(all, Difference{
			Found: fmt.Sprintf("expected a column %s, or %s, from which it is renamed, found both", one.To, one.From), Column: one.To, OfName: true,
			Mend: r.oneOf(one),
		})
	}
	return all
}

// oneOf says which of two columns that both stand may be dropped.
func (r Renamed) oneOf(both Rename) string {
	drop := "alter table " + r.Table.SQL() + " drop column "
	older, newer := slices.Contains(r.Needed, both.From), slices.Contains(r.Needed, both.To)
	switch {
	case older && newer:
		return fmt.Sprintf("leave renamed_from: %s out, and declare both: dates were stamped with each, so that neither may be dropped", both.From)
	case older:
		return fmt.Sprintf("drop the newer one, and the run renames the other, with which dates were stamped: %s%s", drop, Quote(both.To))
	case newer:
		return fmt.Sprintf("drop the older one, with which no date was stamped: %s%s", drop, Quote(both.From))
	}
	return "drop the one whose values are not wanted: " + drop + Quote(both.To) + ", and the run renames the other; or " + drop + Quote(both.From)
}
