package stage

import (
	"fmt"
	"strconv"

	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// judgeHeader adds a finding for each kind of fault of the header.
func (d *delivery) judgeHeader(h called.Header) {
	if d.reportDoubt(h.Doubt) {
		return
	}
	names := h.Undeclared.AllNow(h.Names) // they are one finding, and none by themselves
	c := sortColumns(d.table, names, h.Both)
	d.reportBoth(h.Both)
	d.reportUndeclared(h.Undeclared)
	d.reportMissing(c)
	d.reportStandIns(c)
	d.reportUnknown(c)
	if len(c.repeated) > 0 {
		found := "more than once: " + few(quoteAll(c.repeated))
		if len(c.repeated) == 1 {
			found = fmt.Sprintf("%q %d times", quotable(c.repeated[0]), occurrences(c.repeated[0], names))
		}
		d.mismatch(c.repeated, "each column once", found, "Deliver each column once.")
	}
}

// mismatch adds a finding of the columns that it concerns.
func (d *delivery) mismatch(concerned []string, expected, found, action string) {
	f := d.find(problem.HeaderMismatch, expected, found, action)
	if len(concerned) == 1 {
		f.Column = cut([]byte(concerned[0]))
	}
}

func (d *delivery) reportMissing(c columns) {
	if len(c.missing) == 0 {
		return
	}
	var names []string
	key := false
	for _, m := range c.missing {
		names = append(names, m.Name)
		key = key || m.Key
	}
	action := "Deliver the column, or declare it optional: true where a file may lack it."
	switch {
	case key && len(names) == 1:
		action = "Deliver the column: rows cannot be told apart without their key."
	case key:
		action = "Deliver the columns: rows cannot be told apart without their key. Others may be declared optional: true where a file may lack them."
	case len(names) > 1:
		action = "Deliver the columns, or declare them optional: true where a file may lack them."
	}
	d.mismatch(names, plural(len(names), "a column ", "columns ")+brief(names), "only "+brief(d.file.GetHeader()), action)
}

// reportStandIns adds the findings of names that are meant as a declared one.
func (d *delivery) reportStandIns(c columns) {
	list := func(all []standIn) (declared, pairs []string) {
		for _, s := range all {
			declared = append(declared, s.declared)
			pairs = append(pairs, fmt.Sprintf("%q for %s", quotable(s.delivered), s.declared))
		}
		return declared, pairs
	}
	if declared, pairs := list(c.spelt); len(pairs) > 0 {
		d.mismatch(declared, "the names of columns as declared",
			fmt.Sprintf("%s: %s", plural(len(pairs), "a name that differs only in letter case or in blanks around it",
				prose.Number(int64(len(pairs)))+" that differ only in letter case or in blanks around them"), few(pairs)),
			"Write the header as the dataset declares it, or declare the columns as the file has them.")
	}
	if declared, pairs := list(c.formed); len(pairs) > 0 {
		first := c.formed[0]
		d.mismatch(declared, "the names of columns as declared",
			fmt.Sprintf("%s (%s in the first): %s", plural(len(pairs), "a name in another Unicode normal form",
				prose.Number(int64(len(pairs)))+" names in another Unicode normal form"),
				unseen.Differ([]byte(first.delivered), []byte(first.declared)), few(pairs)),
			"Write the header in the form of the declaration, NFC as a rule (macOS names files in NFD), or declare the columns as the file has them.")
	}
	if declared, pairs := list(c.misspelt); len(pairs) > 0 {
		d.mismatch(declared, plural(len(pairs), "a column ", "columns ")+brief(declared),
			fmt.Sprintf("%s that table %s does not declare: %s",
				plural(len(pairs), "a name", prose.Number(int64(len(pairs)))+" names"), d.table.Name, few(pairs)),
			plural(len(pairs), "Was that meant? Then correct the name.", "Were those meant? Then correct the names.")+
				" Otherwise deliver what is missing, and declare what is new in the dataset or leave it out of the file.")
	}
}

// reportUnknown adds the findings of names that mean nothing to the table.
func (d *delivery) reportUnknown(c columns) {
	const expected = "only declared columns"
	if len(c.unknown) == 1 {
		at := c.unknown[0]
		name := c.delivered[at]
		action := "Declare the column in the dataset, or leave it out of the file."
		if near := nearest.Name(name, d.table.Names()); near != "" {
			action = fmt.Sprintf("Was %q meant, which the file has besides? %s", near, action)
		}
		d.mismatch([]string{name}, expected,
			fmt.Sprintf("column %d, %q, which table %s does not declare", at+1, quotable(name), d.table.Name), action)
	} else if len(c.unknown) > 1 {
		names := c.at(c.unknown)
		d.mismatch(names, expected,
			fmt.Sprintf("%s that table %s does not declare: %s", prose.Number(int64(len(names))), d.table.Name, few(quoteAll(names))),
			"Declare the columns in the dataset, or leave them out of the file.")
	}
	if len(c.unnamed) > 0 {
		var places []string
		for _, at := range c.unnamed {
			places = append(places, strconv.Itoa(at+1))
		}
		d.mismatch(c.at(c.unnamed), expected, plural(len(places), "column ", "columns ")+few(places)+" without a name",
			unnamedAction(c))
	}
}

// unnamedAction says what to do about columns without a name: those behind all others are made
// by lines that end with a separator.
func unnamedAction(c columns) string {
	if first := c.unnamed[0]; first > 0 && first+len(c.unnamed) == len(c.delivered) {
		return "Have lines end with their last value: a comma too many at the end of a line begins one more column."
	}
	return "Leave the column out: programs write row numbers so (in pandas, to_csv(index=False) does not)."
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(quotable(n))
	}
	return out
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func occurrences(name string, names []string) (n int) {
	for _, other := range names {
		if other == name {
			n++
		}
	}
	return n
}
