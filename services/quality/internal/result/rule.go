package result

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
)

// listLimit is how many members of a set a sentence names. The declaration has the rest.
const listLimit = 10

// rule says in words what one value, or the table, must be: "at least 0".
func rule(plan *compile.Plan, c *compile.Check) string {
	switch c.Kind() {
	case expectation.TableColumnsToMatchSet:
		return columnRule(c.Args)
	case expectation.TableRowCountToBeBetween:
		return rowCountRule(c.Args)
	case expectation.ColumnValuesToNotBeNull:
		return "a value in every row"
	case expectation.ColumnValuesToBeBetween:
		return boundsRule(c.Args)
	case expectation.ColumnValuesToBeInSet:
		return setRule(c.Args.ValueSet)
	case expectation.ColumnValuesToBeUnique:
		return "every value on one row only"
	case expectation.ColumnValuesToBeInOtherTable:
		return fmt.Sprintf("a value of %s.%s", c.Args.OtherTable, c.Args.OtherColumn)
	}
	return c.Kind() + " of table " + plan.Table.GetName()
}

func columnRule(a expectation.Args) string {
	how := "at least the columns "
	if a.ExactMatch {
		how = "exactly the columns "
	}
	return how + strings.Join(a.ColumnSet, ", ")
}

func rowCountRule(a expectation.Args) string {
	switch {
	case a.MinRows == nil:
		return "at most " + prose.Count(*a.MaxRows, "row")
	case a.MaxRows == nil:
		return "at least " + prose.Count(*a.MinRows, "row")
	case *a.MinRows == *a.MaxRows:
		return "exactly " + prose.Count(*a.MinRows, "row")
	}
	return fmt.Sprintf("from %s to %s", prose.Number(*a.MinRows), prose.Count(*a.MaxRows, "row"))
}

func boundsRule(a expectation.Args) string {
	var bounds []string
	if a.MinValue != nil {
		bounds = append(bounds, choose(a.StrictMin, "more than ", "at least ")+a.MinValue.String())
	}
	if a.MaxValue != nil {
		bounds = append(bounds, choose(a.StrictMax, "less than ", "at most ")+a.MaxValue.String())
	}
	return strings.Join(bounds, " and ")
}

func setRule(values []expectation.Value) string {
	if len(values) == 1 {
		return values[0].String()
	}
	var names []string
	for _, v := range values[:min(len(values), listLimit)] {
		names = append(names, v.String())
	}
	list := "one of " + strings.Join(names, ", ")
	if more := len(values) - listLimit; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// interval is where a value lies that meets two bounds: "1 to 10 (excluded)".
func interval(a expectation.Args) string {
	const excluded = " (excluded)"
	return a.MinValue.String() + choose(a.StrictMin, excluded, "") + " to " + a.MaxValue.String() + choose(a.StrictMax, excluded, "")
}

func choose(which bool, yes, no string) string {
	if which {
		return yes
	}
	return no
}
