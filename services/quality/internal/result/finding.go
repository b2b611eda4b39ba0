package result

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// foundLimit is how many different values a sentence names; the rows have more.
const foundLimit = 3

// finding says of a failed expectation what a person needs to act on it.
func finding(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) *stepv1.Finding {
	f := &stepv1.Finding{
		Reason:      string(problem.ExpectationsFailed),
		Severity:    severity(c),
		Table:       plan.Table.GetName(),
		File:        file(plan, o.Rows),
		Column:      c.Args.Column,
		Expectation: c.Kind(),
		Count:       o.Unexpected,
		Message:     fmt.Sprintf("%s (%s)", message(plan, c, o), c.Kind()),
		Expected:    expected(plan, c),
		Found:       found(c, o),
		Action:      action(plan, c, o),
		Rows:        locations(plan, c, o.Rows),
	}
	if absent(plan, c) { // no row of these is to be corrected
		f.Found, f.Rows = "no column "+c.Args.Column, nil
	}
	return f
}

// found says what was there instead: values, a count of rows, or columns.
func found(c *compile.Check, o evaluate.Outcome) string {
	if o.Exception != "" {
		return o.Exception
	}
	switch c.Kind() {
	case expectation.TableColumnsToMatchSet:
		return foundColumns(o.Header, c.Args.ExactMatch)
	case expectation.TableRowCountToBeBetween:
		return prose.Count(o.Elements, "row")
	case expectation.ColumnValuesToNotBeNull:
		return "no value in " + prose.Count(o.Unexpected, "row")
	}
	if len(o.Rows) == 0 { // more expectations failed than a validation lists rows
		return prose.Count(o.Unexpected, "value")
	}
	return foundValues(o.Rows, o.Unexpected > int64(len(o.Rows)))
}

func foundColumns(h *evaluate.Header, exact bool) string {
	var parts []string
	if len(h.Absent) > 0 {
		parts = append(parts, "no "+strings.Join(h.Absent, ", "))
	}
	if exact && len(h.Surplus) > 0 {
		parts = append(parts, "the unexpected "+strings.Join(h.Surplus, ", "))
	}
	return strings.Join(parts, " and ")
}

// foundValues names the first different values, quoted, and says whether there may be more.
func foundValues(rows []evaluate.Row, more bool) string {
	var values []string
	for _, row := range rows {
		if row.Value == nil {
			continue
		}
		quoted := strconv.Quote(*row.Value)
		if slices.Contains(values, quoted) {
			continue
		}
		if len(values) == foundLimit {
			more = true
			break
		}
		values = append(values, quoted)
	}
	list := strings.Join(values, ", ")
	if more {
		list += ", …"
	}
	return list
}
