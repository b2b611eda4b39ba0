package snapshot_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The reference model of a training set: the history as plain maps, and the definition of
// a point-in-time join word for word. It knows nothing of SQL.

// row is a row of a table: texts as CSV has them, "" for NULL.
type row []string

// month is a state of all tables: by table, by key.
type month map[string]map[string]row

// modelColumns are the columns of the tables of people behind their keys.
var modelColumns = map[string][]string{
	"persons": {"age", "city", "home"}, "usage": {"hours", "active"}, "homes": {"rooms"}, "outcomes": {"left_us"},
}

// drawMonth makes a month of a few people, of whom some have no row here or there.
func drawMonth(r *rand.Rand) month {
	m := month{"persons": {}, "usage": {}, "homes": {}, "outcomes": {}}
	null := func(text string) string {
		if r.IntN(4) == 0 {
			return ""
		}
		return text
	}
	for _, id := range []string{"a", "B", "c", "D", "e"} {
		if r.IntN(4) > 0 {
			m["persons"][id] = row{null(fmt.Sprint(20 + r.IntN(3))), null("Ulm"), null(fmt.Sprint(r.IntN(4)))}
		}
		if r.IntN(3) > 0 {
			m["usage"][id] = row{null(fmt.Sprint(r.IntN(9))), null(fmt.Sprint(r.IntN(2) == 0))}
		}
		if r.IntN(3) > 0 {
			m["outcomes"][id] = row{null(fmt.Sprint(r.IntN(2) == 0))}
		}
	}
	for home := range 4 {
		if r.IntN(3) > 0 {
			m["homes"][fmt.Sprint(home)] = row{null(fmt.Sprint(r.IntN(5)))}
		}
	}
	if len(m["persons"]) == 0 {
		m["persons"]["a"] = row{"", "", ""}
	}
	return m
}

// values is a table of the month as the rows of a VALUES list; empty where it has none.
func (m month) values(table string) string {
	keyType := map[string]string{"homes": "integer"}[table]
	types := map[string][]string{
		"persons": {"integer", "text", "integer"}, "usage": {"numeric", "boolean"}, "homes": {"smallint"}, "outcomes": {"boolean"},
	}[table]
	var all []string
	for key, r := range m[table] {
		values := []string{fmt.Sprintf("'%s'::%s", key, cmp.Or(keyType, "text"))}
		for i, v := range r {
			if v == "" {
				values = append(values, "null::"+types[i])
			} else {
				values = append(values, fmt.Sprintf("'%s'::%s", v, types[i]))
			}
		}
		all = append(all, "("+strings.Join(values, ", ")+")")
	}
	if len(all) == 0 {
		return ""
	}
	return "values " + strings.Join(all, ", ")
}

// stampedMonth is a month that became known.
type stampedMonth struct {
	period int
	month  month
}

// modelFeature is a feature: a column of a table, and how many periods old a row may be,
// any where ttl is negative.
type modelFeature struct {
	table, column string
	ttl           int
}

// modelSet is a training set.
type modelSet struct {
	features []modelFeature
	horizon  int
	periods  []int
	// minAge keeps only people who are as old; 0 keeps all.
	minAge int
	// events are entity rows of the caller's own; empty where they are those of persons.
	events []modelEvent
}

// modelEvent says whom a row is about, and when.
type modelEvent struct {
	id, home string
	day      time.Time
}

// current is what is known of a period: what was stamped for it last.
func current(known []stampedMonth, period int) month {
	for _, s := range slices.Backward(known) {
		if s.period == period {
			return s.month
		}
	}
	return nil
}

// csv is the set as it must be written, of what was known.
func (set modelSet) csv(known []stampedMonth, date func(period int) string) string {
	var out []string
	for _, period := range set.periods {
		people := current(known, period)["persons"]
		for _, id := range sortedKeys(people) {
			if age := people[id][0]; set.minAge > 0 && (age == "" || age < fmt.Sprint(set.minAge)) { // all have two digits
				continue
			}
			fields := []string{id, date(period)}
			for _, f := range set.features {
				fields = append(fields, set.feature(known, f, period, id, people[id]))
			}
			label := ""
			if r, ok := current(known, period+set.horizon)["outcomes"][id]; ok {
				label = r[0]
			}
			out = append(out, strings.Join(append(fields, label), ","))
		}
	}
	return strings.Join(out, "\n")
}

// eventCSV is the set of entity rows as it must be written: for each row, by period, key and
// day, the newest features until its day, and the label of the period after the last one
// that had ended.
func (set modelSet) eventCSV(known []stampedMonth, date func(period int) string) string {
	periodOf := func(day time.Time) int {
		p := -1
		for date(p+1) <= day.Format(time.DateOnly) {
			p++
		}
		return p
	}
	events := slices.SortedFunc(slices.Values(set.events), func(a, b modelEvent) int {
		return cmp.Or(cmp.Compare(periodOf(a.day), periodOf(b.day)), cmp.Compare(a.id, b.id), a.day.Compare(b.day))
	})
	var out []string
	for _, e := range events {
		period := periodOf(e.day)
		fields := []string{e.id, e.day.Format(time.DateTime) + "+00", date(period)}
		for _, f := range set.features {
			fields = append(fields, set.feature(known, f, period, e.id, row{"", "", e.home}))
		}
		label := ""
		if r, ok := current(known, period+set.horizon)["outcomes"][e.id]; ok {
			label = r[0]
		}
		out = append(out, strings.Join(append(fields, label), ","))
	}
	return strings.Join(out, "\n")
}

// feature is that of the newest row as of the period or before, not older than its ttl.
func (set modelSet) feature(known []stampedMonth, f modelFeature, period int, id string, person row) string {
	key := id
	if f.table == "homes" {
		key = person[2]
	}
	for p := period; p >= 0 && (f.ttl < 0 || period-p <= f.ttl); p-- {
		if r, ok := current(known, p)[f.table][key]; ok {
			return r[slices.Index(modelColumns[f.table], f.column)]
		}
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
