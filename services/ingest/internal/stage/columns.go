package stage

import (
	"slices"
	"strings"
	"unicode"

	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// columns are the names of a header, sorted by what is wrong with them. A file has one
// finding for each kind of fault, however many columns it concerns: who exports a
// file in capitals made one mistake and not twelve.
type columns struct {
	delivered []string
	// missing are declared columns that the file must have and lacks.
	missing []declared.Column
	// spelt stand for a declared column but for letter case, or blanks at an edge;
	// formed but for the Unicode normal form, which no eye tells apart; misspelt are
	// near the name of one that the file lacks.
	spelt, formed, misspelt []standIn
	// unknown and unnamed are places in the header, from 0.
	unknown, unnamed []int
	repeated         []string
	told             rename.Pairs
}

// standIn is a delivered name in the place of a declared one.
type standIn struct{ delivered, declared string }

// maxNear bounds how many pairs of names are looked at for nearness. Beyond it the file
// is another one, and no slip of the pen.
const maxNear = 10_000

// sortColumns judges the names of a header against the table's columns.
// told are names that something is said of already.
func sortColumns(t *declared.Table, names []string, told rename.Pairs) columns {
	c := columns{delivered: names, told: told}
	var free []string // declared columns that the file lacks, and that no name stands for
	for _, n := range t.Names() {
		if !slices.Contains(names, n) {
			free = append(free, n)
		}
	}
	strange := c.certain(t, &free)
	near := len(strange)*len(free) <= maxNear
	for _, i := range strange { // after every name that is certain has been given away
		meant := ""
		if near {
			meant = nearest.Name(names[i], free)
		}
		if meant != "" {
			c.misspelt = append(c.misspelt, standIn{names[i], meant})
			free = slices.DeleteFunc(free, func(n string) bool { return n == meant })
		} else {
			c.unknown = append(c.unknown, i)
		}
	}
	for _, column := range t.Columns {
		if !column.Optional && slices.Contains(free, column.Name) {
			c.missing = append(c.missing, column)
		}
	}
	return c
}

// certain sorts the names whose fault is beyond doubt, and returns the places of those
// that are not declared. A name that stands for a declared one takes it out of free.
func (c *columns) certain(t *declared.Table, free *[]string) (strange []int) {
	seen := map[string]int{}
	alike := map[string][]string{} // what is free, by what its names share
	for _, name := range *free {
		alike[folded(name)] = append(alike[folded(name)], name)
	}
	for i, n := range c.delivered {
		if n == "" {
			c.unnamed = append(c.unnamed, i)
			continue
		}
		if seen[n]++; seen[n] > 1 {
			if seen[n] == 2 {
				c.repeated = append(c.repeated, n)
			}
			continue
		}
		if _, known := t.Column(n); known || c.told.Renames(n) {
			continue
		}
		form := folded(n)
		if len(alike[form]) == 0 {
			strange = append(strange, i)
			continue
		}
		stands := standIn{n, alike[form][0]}
		alike[form] = alike[form][1:]
		*free = slices.DeleteFunc(*free, func(d string) bool { return d == stands.declared })
		if strings.EqualFold(bareName(n), bareName(stands.declared)) {
			c.spelt = append(c.spelt, stands)
		} else {
			c.formed = append(c.formed, stands)
		}
	}
	return strange
}

// bareName is a name without the blanks and invisible characters at its edges.
func bareName(name string) string { return string(unseen.Trim([]byte(name))) }

// folded is what names share that look alike but for letter case: their form, each letter
// as the least of those that differ from it in nothing else.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, string(unseen.Form([]byte(name))))
}

// at returns the names that stand at the places.
func (c columns) at(places []int) []string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = c.delivered[p]
	}
	return names
}
