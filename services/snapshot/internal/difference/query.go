package difference

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Every query below answers in the same shape: the key as text, whether the row is in the
// first or in the other alone, of each column whether it differs, and the values of both
// where it does. A row without a key holds counts: removed, added, changed, then one for
// each column.
//
// What differs is told inside the join, and stays there: no plan passes the columns of both
// tables on where they are more than 1,664, and without offset 0 a sort would have them
// passed on to it.

// allRows selects the rows that differ in the order of their key, with their values, in
// one join.
func allRows(h Head) string {
	return "select " + h.keyTexts("d.") + ", removed, added, differs, was, is_now, null::bigint[]\nfrom (" +
		h.differing(h.values("s", "c")...) + ") d\norder by " + h.order("d.")
}

// countRows counts the rows that differ, in one join.
func countRows(h Head) string {
	return "with d as (" + h.differing() + ")\n" + h.counted()
}

// firstRows counts the rows that differ, in one join, and looks up those with the first
// keys, as many as limit says.
func firstRows(h Head, limit int64) string {
	var keys []string
	for i := range h.Key {
		keys = append(keys, keyName(i))
	}
	joined := func(alias string, from relation.Relation) string {
		on := make([]string, len(h.Key))
		for i, c := range h.Key {
			on[i] = alias + "." + relation.Quote(c.Name) + " = f." + keyName(i)
		}
		return " left join " + from.SQL() + " " + alias + " on " + strings.Join(on, " and ")
	}
	return "with d as materialized (" + h.differing() + "),\nf as materialized (select " + strings.Join(keys, ", ") +
		", removed, added, differs from d order by " + h.order("") + fmt.Sprintf(" limit %d", limit) + ")\n" + h.counted() +
		"\nunion all\nselect * from (select " + h.keyTexts("f.") + ", f.removed, f.added, f.differs, " + strings.Join(h.values("s", "c"), ", ") + ", null::bigint[]\nfrom f" +
		joined("s", h.From.Relation) + joined("c", h.To.Relation) + "\norder by " + h.order("f.") + ") r"
}

// keyName is what a key column is called among the rows that differ.
func keyName(i int) string { return fmt.Sprintf("k%d", i+1) }

// keyTexts is the key as an array of texts.
func (h Head) keyTexts(alias string) string {
	texts := make([]string, len(h.Key))
	for i, c := range h.Key {
		texts[i] = asText(alias+keyName(i), c)
	}
	return "array[" + strings.Join(texts, ", ") + "]"
}

// order is the order of the key, bytes and not a language's.
func (h Head) order(alias string) string {
	terms := make([]string, len(h.Key))
	for i, c := range h.Key {
		terms[i] = alias + keyName(i)
		if c.Type.IsText() {
			terms[i] += ` collate "C"`
		}
	}
	return strings.Join(terms, ", ")
}

// asText is a value as text: equal values have equal texts.
func asText(expression string, c layout.Column) string {
	return "(" + digest.Canonical(expression, c.Type.Name) + ")::text"
}

// values are the values of both where they differ, as two arrays of texts.
func (h Head) values(from, to string) []string {
	was, is := make([]string, len(h.Columns)), make([]string, len(h.Columns))
	for i, c := range h.Columns {
		then, now := from+"."+relation.Quote(c.Name), to+"."+relation.Quote(c.Name)
		differs := "case when " + then + " is distinct from " + now + " then "
		was[i], is[i] = differs+asText(then, c)+" end", differs+asText(now, c)+" end"
	}
	return []string{"array[" + strings.Join(was, ", ") + "]::text[] as was", "array[" + strings.Join(is, ", ") + "]::text[] as is_now"}
}

// differing selects the rows that differ: their key, how, and of each column whether it
// differs, then what else is to be told of them.
func (h Head) differing(more ...string) string {
	var on, columns []string
	for i, c := range h.Key {
		then, now := "s."+relation.Quote(c.Name), "c."+relation.Quote(c.Name)
		on = append(on, then+" = "+now)
		columns = append(columns, "coalesce("+then+", "+now+") as "+keyName(i))
	}
	first := relation.Quote(h.Key[0].Name)
	removed, added := "c."+first+" is null", "s."+first+" is null"
	where := removed + " or " + added
	differs := make([]string, len(h.Columns))
	for i, c := range h.Columns {
		differs[i] = "s." + relation.Quote(c.Name) + " is distinct from c." + relation.Quote(c.Name)
		where += " or " + differs[i]
	}
	columns = append(columns, removed+" as removed", added+" as added", "array["+strings.Join(differs, ", ")+"]::boolean[] as differs")
	return "select " + strings.Join(append(columns, more...), ", ") + "\nfrom " + h.From.Relation.SQL() + " s full join " + h.To.Relation.SQL() +
		" c on " + strings.Join(on, " and ") + "\nwhere " + where + "\noffset 0"
}

// counted counts what is in d.
func (h Head) counted() string {
	counts := []string{"count(*) filter (where removed)", "count(*) filter (where added)", "count(*) filter (where not removed and not added)"}
	for i := range h.Columns {
		counts = append(counts, fmt.Sprintf("count(*) filter (where not removed and not added and differs[%d])", i+1))
	}
	return "select null::text[], false, false, null::boolean[], null::text[], null::text[], array[" + strings.Join(counts, ", ") + "]::bigint[]\nfrom d"
}
