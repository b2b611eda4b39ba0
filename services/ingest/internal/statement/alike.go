package statement

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Columns of a table of forms, beside the key's own.
const (
	formLive  = "sf_live"
	formTexts = "sf_form_"
)

// Alike builds what finds keys that differ only in what cannot be seen. What cannot be
// seen is not PostgreSQL's to say: the forms of keys that have one other than
// themselves are computed outside, and put into a table beside the candidate.
type Alike struct {
	// Table whose keys are compared, and the columns of its key that are texts.
	Table *declared.Table
	Texts []string
	// Candidate, and the table of forms.
	Candidate, Forms relation.Relation
	// Open are the columns that have to be renamed yet in the live table.
	Open rename.Pairs
}

// Create makes the table of forms: whether the key is live, its line, the key, and the
// forms of its texts.
func (a Alike) Create() string {
	cols := []string{formLive + " boolean not null", LineColumn + " bigint not null"}
	for _, k := range a.Table.Key {
		c, _ := a.Table.Column(k)
		cols = append(cols, relation.Quote(k)+" "+c.Type.SQL()+" not null")
	}
	for i := range a.Texts {
		cols = append(cols, fmt.Sprintf("%s%d text not null", formTexts, i))
	}
	return "create unlogged table " + a.Forms.SQL() + " (" + strings.Join(cols, ", ") + ") with (autovacuum_enabled = false)"
}

// Insert takes rows into the table of forms: whether they are live ($1), and arrays of
// lines, of each column of the key as text, and of each form.
func (a Alike) Insert() string {
	names, arrays := []string{"l"}, []string{"$2::bigint[]"}
	values := []string{"$1::boolean", "l"}
	add := func(value string) {
		names = append(names, fmt.Sprintf("v%d", len(names)))
		arrays = append(arrays, fmt.Sprintf("$%d::text[]", len(arrays)+2))
		values = append(values, fmt.Sprintf(value, names[len(names)-1]))
	}
	for _, k := range a.Table.Key {
		c, _ := a.Table.Column(k)
		add("%s::" + c.Type.SQL())
	}
	for range a.Texts {
		add("%s")
	}
	return "insert into " + a.Forms.SQL() + " select " + strings.Join(values, ", ") + " from unnest(" + strings.Join(arrays, ", ") +
		") as o (" + strings.Join(names, ", ") + ")"
}

// Strange lists keys that may have another form than themselves: the line (0 in a live
// table) and the key as text, where a text has a character that is not ASCII, or an
// ASCII blank at an edge.
func (a Alike) Strange(from relation.Relation, live bool) string {
	line, rows := LineColumn, from.SQL()
	if live {
		line, rows = "0::bigint", Rows(a.Table, from, a.Open)
	}
	var strange []string
	for _, c := range a.Texts {
		q := relation.Quote(c)
		strange = append(strange, "octet_length("+q+") <> char_length("+q+") or ascii("+q+") <= 32 or ascii(right("+q+", 1)) <= 32")
	}
	return "select " + line + ", array[" + asText("", a.Table.Key) + "] from " + rows + " o where " + strings.Join(strange, " or ")
}

// Among lists the rows of a relation whose key, as text, is among those of $1 and on, an
// array for each column of the key: the line, and the key as text.
func (a Alike) Among(from relation.Relation) string {
	var arrays, names, on []string
	for i, k := range a.Table.Key {
		arrays = append(arrays, fmt.Sprintf("$%d::text[]", i+1))
		names = append(names, fmt.Sprintf("v%d", i))
		on = append(on, fmt.Sprintf("c.%s::text = o.v%d", relation.Quote(k), i))
	}
	return "select c." + LineColumn + ", array[" + asText("c.", a.Table.Key) + "] from unnest(" + strings.Join(arrays, ", ") + ") as o (" +
		strings.Join(names, ", ") + ") join " + from.SQL() + " c on " + strings.Join(on, " and ")
}

// forms are the key's columns of the table of forms, each text in its form.
func (a Alike) forms(alias string) []string {
	out := make([]string, len(a.Table.Key))
	for i, k := range a.Table.Key {
		out[i] = alias + relation.Quote(k)
		for j, text := range a.Texts {
			if text == k {
				out[i] = fmt.Sprintf("%s%s%d", alias, formTexts, j)
			}
		}
	}
	return out
}

// plain are the key's columns as they are.
func (a Alike) plain(alias string) []string {
	out := make([]string, len(a.Table.Key))
	for i, k := range a.Table.Key {
		out[i] = alias + relation.Quote(k)
	}
	return out
}

func equal(left, right []string) string {
	parts := make([]string, len(left))
	for i := range left {
		parts[i] = left[i] + " = " + right[i]
	}
	return strings.Join(parts, " and ")
}

// named gives expressions names: x0, x1.
func named(expressions []string, prefix string) (list string, names []string) {
	parts := make([]string, len(expressions))
	for i, e := range expressions {
		names = append(names, fmt.Sprintf("%s%d", prefix, i))
		parts[i] = e + " as " + names[i]
	}
	return strings.Join(parts, ", "), names
}

func textArray(columns []string) string {
	return "array[" + strings.Join(columns, "::text, ") + "::text]"
}

// Twins lists rows of the candidate whose keys look alike and differ: the key as text,
// its line, the first $2 lines of all that look so, how many these are, how many rows
// there are in all, and how many keys they look like; at most $1 rows, in the order of
// the file.
func (a Alike) Twins() string {
	odd, names := named(a.forms("o."), "f")
	even, _ := named(a.plain("c."), "f")
	by := strings.Join(names, ", ")
	return "with members as materialized (" +
		"select " + odd + ", o." + LineColumn + ", " + textArray(a.plain("o.")) + " as k from " + a.Forms.SQL() + " o where not o." + formLive +
		" union all select " + even + ", c." + LineColumn + ", " + textArray(a.plain("c.")) + " from " + a.Candidate.SQL() + " c where exists (select from " +
		a.Forms.SQL() + " o where not o." + formLive + " and " + equal(a.forms("o."), a.plain("c.")) + "))" +
		", twins as materialized (select " + by + ", array_agg(" + LineColumn + " order by " + LineColumn + ") as at, count(*) as n from members group by " + by +
		" having count(distinct k) > 1)" +
		" select m.k, m." + LineColumn + ", t.at[1:$2], t.n, (select sum(n)::bigint from twins), (select count(*) from twins) from members m join twins t on " +
		equal(prefixed("m.", names), prefixed("t.", names)) + " order by m." + LineColumn + " limit $1"
}

// LiveTwins lists rows of the candidate whose key is new, and looks like one that only
// the live table has: the key as text, its line, the live key, and how many there are
// in all; at most $1 rows, in the order of the file.
func (a Alike) LiveTwins() string {
	live, forms := Rows(a.Table, a.Table.Live, a.Open), a.Forms.SQL()
	pair := func(mine, line, theirs, from string) string {
		m, _ := named(a.plain(mine), "m")
		t, _ := named(a.plain(theirs), "t")
		return "select " + m + ", " + line + LineColumn + ", " + t + " from " + from
	}
	_, mine := named(a.plain(""), "m")
	_, theirs := named(a.plain(""), "t")
	return "with pairs as materialized (" +
		pair("o.", "o.", "l.", forms+" o join "+live+" l on "+equal(a.forms("o."), a.plain("l."))+" where not o."+formLive) + " union all " +
		pair("o.", "o.", "l.", forms+" o join "+forms+" l on "+equal(a.forms("o."), a.forms("l."))+" where not o."+formLive+" and l."+formLive) + " union all " +
		pair("c.", "c.", "l.", a.Candidate.SQL()+" c join "+forms+" l on "+equal(a.plain("c."), a.forms("l."))+" where l."+formLive) + ")" +
		" select " + textArray(mine) + ", " + LineColumn + ", " + textArray(theirs) + ", count(*) over () from pairs p" +
		" where not exists (select from " + live + " l where " + equal(prefixed("p.", mine), a.plain("l.")) + ")" +
		" and not exists (select from " + a.Candidate.SQL() + " c where " + equal(prefixed("p.", theirs), a.plain("c.")) + ")" +
		" order by " + LineColumn + " limit $1"
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
}
