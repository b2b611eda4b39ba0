package stage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// target is a declared column that the file delivers, and in which field.
type target struct {
	column declared.Column
	field  int
}

// maxColumns is how many columns a table of PostgreSQL may have
// (https://www.postgresql.org/docs/current/limits.html).
const maxColumns = 1600

// readHeader reads the header and judges it. It returns what to read from each row;
// nothing where the header does not fit, and then no row must be read.
func (d *delivery) readHeader(rec *csvread.Record) []target {
	if n := len(rec.Fields); n > maxColumns {
		d.find(problem.HeaderMismatch, "at most "+prose.Number(maxColumns)+" columns", prose.Number(int64(n)), "Deliver only declared columns.")
		return nil
	}
	names := make([]string, len(rec.Fields))
	for i, f := range rec.Fields {
		names[i] = string(f.Bytes)
		if !utf8.Valid(f.Bytes) || slices.Contains(f.Bytes, 0) {
			d.complain(complaint{"UTF-8 text", "a header that is none: column " + strconv.Itoa(i+1) + " reads " + strconv.Quote(quotable(cut(f.Bytes))), inUTF8})
			return nil
		}
	}
	d.header.HasHeader, d.header.Header, d.file.Header = true, names, names
	before := len(d.findings)
	d.judgeHeader(names)
	if len(d.findings) > before {
		return nil
	}
	targets := make([]target, 0, len(names))
	for _, c := range d.table.Columns {
		if i := slices.Index(names, c.Name); i >= 0 {
			targets = append(targets, target{column: c, field: i})
		}
	}
	return targets
}

// judgeHeader adds a finding for every column that is missing, unknown or repeated.
func (d *delivery) judgeHeader(names []string) {
	var missing []string
	for _, c := range d.table.Columns {
		if !c.Optional && !slices.Contains(names, c.Name) {
			missing = append(missing, c.Name)
		}
	}
	for _, m := range missing {
		f := d.find(problem.HeaderMismatch, "a column "+m, "only "+brief(names),
			"Deliver the column, or declare it optional: true where a file may lack it.")
		f.Column = m
	}
	judged := map[string]bool{}
	for i, n := range names {
		if judged[n] {
			continue
		}
		judged[n] = true
		d.judgeColumn(n, i, names, missing)
	}
}

func (d *delivery) judgeColumn(name string, at int, names, missing []string) {
	if n := occurrences(name, names); n > 1 {
		f := d.find(problem.HeaderMismatch, "each column once", fmt.Sprintf("%q %d times", quotable(name), n),
			"Deliver the column once.")
		f.Column = cut([]byte(name))
	}
	if _, known := d.table.Column(name); known {
		return
	}
	found := fmt.Sprintf("column %d, %q, which table %s does not declare", at+1, quotable(name), d.table.Name)
	action := "Declare the column in the dataset, or leave it out of the file."
	switch meant := nearest.Name(name, append(missing, d.table.Names()...)); {
	case name == "":
		found = fmt.Sprintf("column %d without a name", at+1)
		action = "Leave the column out: programs write row numbers so (in pandas, to_csv(index=False) does not)."
	case strings.TrimSpace(name) != name:
		action = "Deliver the header without spaces around its names."
	case meant != "":
		action = fmt.Sprintf("Was %q meant? Otherwise declare the column in the dataset, or leave it out of the file.", meant)
	}
	f := d.find(problem.HeaderMismatch, "only declared columns", found, action)
	f.Column = cut([]byte(name))
}

// maxNames bounds how many names a message lists.
const maxNames = 12

// brief lists names for people, the first dozen of them.
func brief(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = quotable(n)
	}
	return few(shown)
}

// few lists the first dozen of names, whole, and says how many more there are.
func few(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		names = append(slices.Clone(names[:maxNames]), fmt.Sprintf("%d more", more))
	}
	return list(names)
}

func occurrences(name string, names []string) (n int) {
	for _, other := range names {
		if other == name {
			n++
		}
	}
	return n
}
