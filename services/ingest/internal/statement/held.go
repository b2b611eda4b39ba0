package statement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Referring is a live table that stands, as far as its rows may keep those of others from
// being withdrawn: a row that stays holds the row that it refers to.
type Referring struct {
	Table  *declared.Table
	Stands Standing
	// Candidate are the delivered rows, which refer to delivered rows.
	Candidate relation.Relation
	// Listed says that the keys that came with the as_of are listed, Whole that all of them
	// came with it. Where it is neither, nothing is withdrawn from the table.
	Listed, Whole bool
}

// Referring names the tables that the statements ask of, in the order of the texts of
// their last parameter; none where nothing can hold a row of the table, or no list of any of
// them is asked, since their as_of made them all.
func (w Withdrawing) Referring() []string {
	all := w.descendants()
	if !slices.ContainsFunc(all, func(r Referring) bool { return r.Listed }) {
		return nil
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Table.Name)
	}
	return names
}

// descendants are the tables that refer to the table, directly or through others, and the
// table itself, which is the last of them. There are none where the table deletes what
// departs: then whatever refers to it does as well.
func (w Withdrawing) descendants() []Referring {
	if w.Table.Deletes {
		return nil
	}
	above, refers := map[string]bool{w.Table.Name: true}, false
	var out []Referring
	for _, r := range slices.Backward(w.Among) {
		up := slices.ContainsFunc(r.Table.References, func(p declared.Reference) bool { return above[p.Parent.Name] })
		if refers = refers || up; up || r.Table.Name == w.Table.Name {
			above[r.Table.Name] = true
			out = append(out, r)
		}
	}
	if !refers {
		return nil
	}
	slices.Reverse(out)
	return out
}

// held is the part of a statement that finds the keys that are held, as sf_held; empty
// where nothing can hold any. names is the parameter with the names of the tables.
func (w Withdrawing) held(names int) string {
	all := w.descendants()
	var parts []string
	for i, r := range all {
		if r.Listed {
			parts = append(parts, broughtInto(r.Table, fmt.Sprintf("sf_brought_%d", i), fmt.Sprintf("($%d::text[])[%d]", names, i+1)))
		}
		parts = append(parts, r.left(i))
		parts = append(parts, holders(all, i)...)
	}
	return strings.Join(parts, ", ")
}

// left are the rows of a table that are not delivered: their key, what they refer to, and
// whether they stay whoever else does.
func (r Referring) left(i int) string {
	t := r.Table
	columns := slices.Clone(t.Key)
	for _, p := range t.References {
		columns = append(columns, p.Columns...)
	}
	slices.Sort(columns)
	stays, from := "true", r.Stands.live(t)+" l"
	switch {
	case r.Whole, t.Deletes:
		stays = "not (" + keyed(t) + ")"
	case r.Listed:
		stays = "b." + relation.Quote(t.Key[0]) + " is null"
		from += fmt.Sprintf(" left join sf_brought_%d b on %s", i, join("b.", t.Key, "l.", t.Key))
	}
	return fmt.Sprintf("sf_left_%d as materialized (select %s, %s as sf_stays from %s where not %s)", i,
		relation.Join("l.", slices.Compact(columns), ", "), stays, from, in(t, r.Candidate.SQL(), "c.", "l."))
}

// holders are the parts that find which rows of the table all[i] are held: those to which a
// row that stays refers, of another table or of its own, and so on up a chain.
func holders(all []Referring, i int) []string {
	t := all[i].Table
	key := relation.Join("p.", t.Key, ", ")
	var begin, chain []string
	for j, r := range all[:i+1] {
		for _, p := range r.Table.References {
			if p.Parent.Name != t.Name {
				continue
			}
			from := fmt.Sprintf("sf_left_%d r join sf_left_%d p on %s", j, i, join("p.", t.Key, "r.", p.Columns))
			also, stays := stays(all, j, i)
			begin = append(begin, "select distinct "+key+" from "+from+also+" where "+stays)
			if j == i {
				chain = append(chain, "select "+aliased("r.", t.Key, "sf_child_")+", "+key+" from "+from)
			}
		}
	}
	name, sql := fmt.Sprintf("sf_held_%d", i), strings.Join(begin, " union ")
	switch {
	case len(begin) == 0:
		return nil
	case len(chain) == 0:
		return []string{name + " as materialized (" + sql + ")"}
	}
	children := make([]string, len(t.Key))
	for n := range t.Key {
		children[n] = fmt.Sprintf("sf_child_%d", n)
	}
	return []string{
		fmt.Sprintf("sf_chain_%d as materialized (%s)", i, strings.Join(chain, " union all ")),
		fmt.Sprintf("%s as materialized ((%s) union select %s from sf_chain_%d p join %s h on %s)", name, sql, key, i, name,
			join("h.", t.Key, "p.", children)),
	}
}

// stays is the condition that a row r of the table all[j] stays, as far as that is known
// before those of all[i] are looked at, and what is joined to r for it.
func stays(all []Referring, j, i int) (also, condition string) {
	if j == i || !holds(all, j) {
		return "", "r.sf_stays"
	}
	key := all[j].Table.Key
	return fmt.Sprintf(" left join sf_held_%d h on %s", j, join("h.", key, "r.", key)), "(r.sf_stays or h." + relation.Quote(key[0]) + " is not null)"
}

// holds says whether rows of the table all[i] may be held.
func holds(all []Referring, i int) bool {
	return slices.ContainsFunc(all[:i+1], func(r Referring) bool {
		return slices.ContainsFunc(r.Table.References, func(p declared.Reference) bool { return p.Parent.Name == all[i].Table.Name })
	})
}

// aliased selects columns under numbered names.
func aliased(prefix string, columns []string, as string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = fmt.Sprintf("%s%s as %s%d", prefix, relation.Quote(c), as, i)
	}
	return strings.Join(out, ", ")
}
