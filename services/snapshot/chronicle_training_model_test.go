package snapshot_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// modelTraining is a training set over a chronicle: x of every table, each of rows of so many
// periods before at most (any where -1), and y of the first table some periods later.
type modelTraining struct {
	dates   []string
	ttl     map[string]int
	horizon int
}

// csv is the set as it must be written, of what was known at a moment; each revision that it
// is made of is noted.
func (t modelTraining) csv(c *chronicle, at int, uses used) string {
	var out strings.Builder
	for _, asOf := range t.dates {
		entities := c.known(c.tables[0], asOf, at)
		for _, table := range c.tables {
			uses.note(c, table, asOf, at)
		}
		for _, id := range slices.Sorted(maps.Keys(entities.rows)) {
			fields := []string{fmt.Sprint(id), asOf}
			for _, table := range c.tables {
				fields = append(fields, t.feature(c, table, asOf, at, id, uses))
			}
			label := ""
			if r := c.known(c.tables[0], t.labelDate(asOf), at); r != nil {
				_, label = r.rows.values(id)
			}
			out.WriteString(strings.Join(append(fields, label), ",") + "\n")
		}
		uses.note(c, c.tables[0], t.labelDate(asOf), at)
	}
	return out.String()
}

// labelDate is the date of the labels of one; empty where that is none of the model's.
func (t modelTraining) labelDate(asOf string) string {
	if i := slices.Index(modelDates, asOf) + t.horizon; i < len(modelDates) {
		return modelDates[i]
	}
	return ""
}

// used are the revisions that a training set is made of, as they were when it was built.
type used map[place]content

func (u used) note(c *chronicle, table, asOf string, at int) {
	if r := c.known(table, asOf, at); r != nil {
		u[place{table, asOf}] = r.rows
	}
}

// feature is that of the newest row as of the date or before, not older than its ttl, among
// the dates that were not dropped.
func (t modelTraining) feature(c *chronicle, table, asOf string, at, id int, uses used) string {
	index := slices.Index(modelDates, asOf)
	for i := index; i >= 0 && (t.ttl[table] < 0 || index-i <= t.ttl[table]); i-- {
		r := c.known(table, modelDates[i], at)
		if r == nil || c.dropped[modelDates[i]] {
			continue
		}
		if _, ok := r.rows[id]; ok {
			uses.note(c, table, modelDates[i], at)
			x, _ := r.rows.values(id)
			return x
		}
	}
	return ""
}

// header is the first line of the set.
func (t modelTraining) header(c *chronicle) string {
	names := []string{"id", "as_of"}
	for _, table := range c.tables {
		names = append(names, table+"_x")
	}
	return strings.Join(append(names, "y"), ",") + "\n"
}
