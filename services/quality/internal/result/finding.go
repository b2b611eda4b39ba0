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
	return &stepv1.Finding{
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
		Action:      action(c),
		Rows:        locations(plan, c, o.Rows),
	}
}

// message is the sentence that says it all.
func message(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) string {
	table := plan.Table.GetName()
	switch c.Kind() {
	case expectation.TableColumnsToMatchSet:
		return fmt.Sprintf("%s: the header of %s has %s, expected %s", table, file(plan, nil), found(c, o), rule(plan, c))
	case expectation.TableRowCountToBeBetween:
		return fmt.Sprintf("%s: found %s, expected %s", table, found(c, o), rule(plan, c))
	}
	said := table + "." + c.Args.Column + ": " + broken(plan, c, o)
	if least, ok := share(c.Args); ok {
		said += "; the rule asks for at least " + least
	}
	return said
}

// expected is the rule, and how much of the column it asks for.
func expected(plan *compile.Plan, c *compile.Check) string {
	if least, ok := share(c.Args); ok {
		return rule(plan, c) + ", for at least " + least + " of the values"
	}
	return rule(plan, c)
}

// broken says how many rows break the rule: "1 of 7,043 values is not at least 0".
func broken(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) string {
	judged := o.Elements - o.Missing
	if c.Kind() == expectation.ColumnValuesToNotBeNull {
		return fmt.Sprintf("%s of %s %s no value", prose.Number(o.Unexpected), prose.Count(judged, "row"),
			choose(o.Unexpected == 1, "has", "have"))
	}
	verb := choose(o.Unexpected == 1, "is", "are")
	subject := fmt.Sprintf("%s of %s %s", prose.Number(o.Unexpected), prose.Count(judged, "value"), verb)
	if c.Kind() == expectation.ColumnValuesToBeUnique {
		return subject + " not unique"
	}
	return subject + " not " + rule(plan, c)
}

// found says what was there instead: values, a count of rows, or columns.
func found(c *compile.Check, o evaluate.Outcome) string {
	switch c.Kind() {
	case expectation.TableColumnsToMatchSet:
		return foundColumns(o.Header)
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

func foundColumns(h *evaluate.Header) string {
	var parts []string
	if len(h.Absent) > 0 {
		parts = append(parts, "no "+strings.Join(h.Absent, ", "))
	}
	if len(h.Surplus) > 0 {
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

// action says what to do.
func action(c *compile.Check) string {
	what := "Correct the rows that are named by file and line"
	switch c.Kind() {
	case expectation.TableColumnsToMatchSet:
		what = "Correct the columns of the file"
	case expectation.TableRowCountToBeBetween:
		what = "Ask whoever delivers the file whether it is whole"
	case expectation.ColumnValuesToBeInOtherTable:
		what = fmt.Sprintf("Deliver the missing rows of %s, or correct the rows that are named by file and line", c.Args.OtherTable)
	}
	return what + ", and deliver it again; where the data is right, change the expectation in the dataset."
}
