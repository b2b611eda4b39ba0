package stage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/calendar"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// headerless adds one finding where the first line is no header at all: a row of data, or
// the numbers of columns. It says whether it is none.
func (d *delivery) headerless(names []string) bool {
	c := sortColumns(d.table, names, nil)
	if len(c.spelt)+len(c.formed) > 0 || slices.ContainsFunc(d.table.Names(), func(n string) bool { return slices.Contains(names, n) }) {
		return false // there is a header, and what is wrong with it is said of its names
	}
	var found string
	switch {
	case numbered(names):
		found = "the numbers of columns, as programs write them that have no names (in pandas, columns=… gives them some)"
	case isRow(d.table, names):
		found = fmt.Sprintf("a line that looks like data: %q", quotable(d.veil.Line(cut([]byte(strings.Join(names, ","))))))
	case d.veil.Any(): // for all that is known it is a row, and its values somebody's
		found = "a line without the name of any column"
	default:
		return false
	}
	d.find(problem.HeaderMismatch, "a header: "+brief(d.table.Names()), found, "Deliver the file with its header in the first line.")
	return true
}

// numbered says whether names are 0, 1, 2 and on, or 1, 2, 3.
func numbered(names []string) bool {
	for i, n := range names {
		if n != strconv.Itoa(i) && n != strconv.Itoa(i+1) {
			return false
		}
	}
	return len(names) > 1
}

// isRow says whether a line would do for a row: it fits the columns as they are declared,
// one of which is no text; or it has a value that no column is called by.
func isRow(t *declared.Table, names []string) bool {
	if len(names) == len(t.Columns) {
		fits, told := true, false
		for i, c := range t.Columns {
			_, fault := copytext.Of(c.Type, c.Zone).Append(nil, []byte(names[i]), false)
			fits = fits && fault.Fits()
			told = told || names[i] != "" && !c.Type.IsText()
		}
		if fits && told {
			return true
		}
	}
	return slices.ContainsFunc(names, isValue)
}

// valueTypes are the types by whose values a row is known.
var valueTypes = []dataset.TypeName{dataset.DoublePrecision, dataset.Timestamp, dataset.UUID}

// isValue says whether a text is a number, a day, a time or the like, and no name.
func isValue(name string) bool {
	if name == "" {
		return false
	}
	if _, err := calendar.ParseDay(name); err == nil {
		return true
	}
	for _, t := range valueTypes {
		if _, fault := copytext.Of(dataset.ColumnType{Name: t}, nil).Append(nil, []byte(name), false); fault.Fits() {
			return true
		}
	}
	return false
}
