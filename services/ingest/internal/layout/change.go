package layout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Changes says in words how the table lies otherwise than it is recorded, in what a table
// declares: columns that are gone, that others stand in place of, that are called or typed
// otherwise, that nobody declares, and a key that is lost. What the declaration asks for is
// no change. Of a table that was made anew, columns are known by their names.
func (l *Layout) Changes(recorded *Layout, t *declared.Table) []string {
	var said []string
	same := l.OID == recorded.OID
	for _, was := range recorded.Columns {
		if _, declares := t.Column(was.Name); !declares && !t.Renames.Renames(was.Name) {
			continue
		}
		i := l.called(was.Name)
		if same {
			i = l.numbered(was.Number)
		}
		if text := l.change(was, i, t); text != "" {
			said = append(said, text)
		}
	}
	for _, c := range l.Columns {
		if l.gained(c, recorded, t, same) {
			said = append(said, fmt.Sprintf("has a column %s that nobody declares", c.Name))
		}
	}
	if l.lacksKey(recorded, t, same) {
		said = append(said, fmt.Sprintf("has no primary key or unique index on (%s) any more", strings.Join(t.Key, ", ")))
	}
	return said
}

// change says what became of a column, which is that of the index i by now; nothing below 0.
func (l *Layout) change(was Column, i int, t *declared.Table) string {
	if i < 0 {
		if l.called(was.Name) >= 0 {
			return fmt.Sprintf("lost its column %s, and another stands under the name", was.Name)
		}
		return "lost its column " + was.Name
	}
	c := l.Columns[i]
	var said []string
	if c.Name != was.Name && !slices.Contains(t.Renames.Paths(), rename.Pair{From: was.Name, To: c.Name}) {
		said = append(said, fmt.Sprintf("has its column %s renamed to %s", was.Name, c.Name))
	}
	if d, ok := t.Column(c.Name); c.Type != was.Type && (!ok || d.Type.SQL() != c.Type) {
		said = append(said, fmt.Sprintf("has its column %s as %s, which was %s", c.Name, c.Type, was.Type))
	}
	return strings.Join(said, ", ")
}

// gained says whether a column came that neither is recorded nor declared.
func (l *Layout) gained(c Column, recorded *Layout, t *declared.Table, same bool) bool {
	_, declares := t.Column(c.Name)
	was := recorded.called(c.Name) >= 0
	if same {
		was = recorded.numbered(c.Number) >= 0
	}
	return !was && !declares && !t.Renames.Renames(c.Name)
}

// lacksKey says whether rows can stand twice under a key that was told apart: neither what is
// recorded of it nor what is declared is unique.
func (l *Layout) lacksKey(recorded *Layout, t *declared.Table, same bool) bool {
	unique := func(numbers []int) bool {
		return slices.ContainsFunc(l.Keys, func(k []int) bool { return slices.Equal(k, numbers) })
	}
	if len(recorded.Key) == 0 || same && unique(recorded.Key) {
		return false
	}
	return !unique(l.numbers(t.Key)) && !unique(l.numbers(t.Renames.AllBefore(t.Key)))
}
