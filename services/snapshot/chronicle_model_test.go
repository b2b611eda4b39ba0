package snapshot_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// chronicle is the model of a dataset's history: plain lists, and the rules of the guides
// word for word. It knows nothing of SQL.
type chronicle struct {
	tables []string
	// revisions are those of a table and as_of, the first one first.
	revisions map[place][]*revision
	// moments are those at which something of an as_of became known.
	moments map[string][]moment
	// now counts the moments of all as_of dates together.
	now int
	// delivered are by as_of what was delivered last of what changed in the first table.
	delivered map[string]*delivered
	// dropped are the dates that retention dropped, and pinned those that it must not.
	dropped, pinned map[string]bool
}

type place struct{ table, asOf string }

// revision is the content of a table as of a date since a moment.
type revision struct {
	rows content
	at   int
	// restores is the number of the revision whose content it has again; 0 of none.
	restores int
	// over is what it was laid over; nil where it stands alone. stoodBy is the batch by which
	// it was.
	over    *standing
	stoodBy string
}

// standing is a state of an as_of.
type standing struct {
	asOf string
	rows content
}

// moment is one at which something became known; stands is the moment whose state it made
// current, an earlier one of a rollback.
type moment struct{ at, stands int }

// state are revisions by table.
type state map[string]*revision

// modelDates are the as_of dates of a chronicle.
var modelDates = []string{january, february, march}

func newChronicle(tables ...string) *chronicle {
	return &chronicle{
		tables: tables, revisions: map[place][]*revision{}, moments: map[string][]moment{},
		delivered: map[string]*delivered{}, dropped: map[string]bool{}, pinned: map[string]bool{},
	}
}

// known is the revision of a place that was current at a moment; nil where none was.
func (c *chronicle) known(table, asOf string, at int) *revision {
	for _, r := range slices.Backward(c.revisions[place{table, asOf}]) {
		if r.at <= at {
			return r
		}
	}
	return nil
}

// state is what was current of an as_of at a moment.
func (c *chronicle) state(asOf string, at int) state {
	all := state{}
	for _, table := range c.tables {
		all[table] = c.known(table, asOf, at)
	}
	return all
}

// before is the current state of a table at the newest as_of before a date; nil where none is.
func (c *chronicle) before(table, asOf string) *standing {
	for _, at := range slices.Backward(modelDates) {
		if r := c.known(table, at, c.now); at < asOf && r != nil {
			return &standing{at, r.rows}
		}
	}
	return nil
}

// stale says whether a current revision stands on what is another by now, or on such a one.
func (c *chronicle) stale(table, asOf string) bool {
	r := c.known(table, asOf, c.now)
	if r == nil || r.over == nil {
		return false
	}
	now := c.before(table, asOf)
	return !maps.Equal(now.rows, r.over.rows) || c.stale(table, now.asOf)
}

// differs says whether a delivery is another state than the one that is stamped.
func (c *chronicle) differs(asOf string, rows map[string]content) bool {
	return slices.ContainsFunc(c.tables, func(table string) bool {
		r := c.known(table, asOf, c.now)
		return r != nil && !maps.Equal(r.rows, rows[table])
	})
}

// stamp takes a delivery: of each table that it brings its rows, and what they were laid over.
func (c *chronicle) stamp(asOf, batch string, rows map[string]content, over map[string]*standing) {
	made := state{}
	for _, table := range c.tables {
		if rows[table] == nil {
			continue
		}
		by := batch
		if over[table] == nil {
			by = ""
		}
		r := c.known(table, asOf, c.now)
		if r != nil && maps.Equal(r.rows, rows[table]) {
			r.over, r.stoodBy = over[table], by
			continue
		}
		made[table] = &revision{rows: rows[table], over: over[table], stoodBy: by}
	}
	c.add(asOf, made, -1)
}

// target is what a rollback makes current again, to a revision of the first table, or, with
// 0, to the state before the last change; nothing where there is none.
func (c *chronicle) target(asOf string, to int) (at int, numbers map[string]int) {
	moments := c.moments[asOf]
	if len(moments) == 0 {
		return 0, nil
	}
	if to > 0 {
		at = c.revisions[place{c.tables[0], asOf}][to-1].at
		return at, c.numbers(asOf, at)
	}
	last := moments[len(moments)-1]
	for _, m := range slices.Backward(moments) {
		if m.at < last.stands && !c.alike(asOf, m.at, last.at) {
			return m.at, c.numbers(asOf, m.at)
		}
	}
	return 0, nil
}

// alike says whether everything that was known of an as_of at a moment is so at a later one.
func (c *chronicle) alike(asOf string, earlier, later int) bool {
	return !slices.ContainsFunc(c.tables, func(table string) bool {
		r := c.known(table, asOf, earlier)
		return r != nil && !maps.Equal(r.rows, c.known(table, asOf, later).rows)
	})
}

// numbers are those of the revisions of a state.
func (c *chronicle) numbers(asOf string, at int) map[string]int {
	all := map[string]int{}
	for table, r := range c.state(asOf, at) {
		if r != nil {
			all[table] = 1 + slices.Index(c.revisions[place{table, asOf}], r)
		}
	}
	return all
}

// rollback makes the revisions of a moment current again.
func (c *chronicle) rollback(asOf, batch string, at int, numbers map[string]int) {
	made := state{}
	for table, n := range numbers {
		was := c.revisions[place{table, asOf}][n-1]
		if now := c.known(table, asOf, c.now); maps.Equal(now.rows, was.rows) {
			continue
		}
		made[table] = &revision{rows: was.rows, restores: n, over: was.over}
		if was.over != nil {
			made[table].stoodBy = batch
		}
	}
	for _, m := range c.moments[asOf] {
		if m.at == at {
			c.add(asOf, made, m.stands)
			return
		}
	}
}

// add makes revisions known, if there are any. stands is -1 of a delivery.
func (c *chronicle) add(asOf string, made state, stands int) {
	if len(made) == 0 {
		return
	}
	c.now++
	for table, r := range made {
		r.at = c.now
		p := place{table, asOf}
		c.revisions[p] = append(c.revisions[p], r)
	}
	if stands < 0 {
		stands = c.now
	}
	c.moments[asOf] = append(c.moments[asOf], moment{c.now, stands})
}

// content is a state of a table: the values of each key, x|y, as SQL has them.
type content map[int]string

// list is the content as the rows of a VALUES list, with numbers in one of two spellings.
func (c content) list(spelling string) string {
	if len(c) == 0 {
		return "select null::integer, null::numeric, null::text where false"
	}
	var all []string
	for id, v := range c {
		x, y, _ := strings.Cut(v, "|")
		if x != "null" {
			x += spelling
		}
		all = append(all, fmt.Sprintf("(%d, %s::numeric, %s::text)", id, x, y))
	}
	return "values " + strings.Join(all, ", ")
}

// values are those of a key, as CSV has them.
func (c content) values(id int) (x, y string) {
	x, y, _ = strings.Cut(c[id], "|")
	plain := func(sql string) string { return strings.Trim(strings.TrimPrefix(sql, "null"), "'") }
	return plain(x), plain(y)
}

// shown is what a query shows of it, a row a line.
func (c content) shown(prefix string) []string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(c)) {
		x, y := c.values(id)
		all = append(all, fmt.Sprintf("%s%d|%s|%s", prefix, id, cmp.Or(x, "<null>"), cmp.Or(y, "<null>")))
	}
	return all
}
