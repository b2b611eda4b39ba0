package result

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// message is the sentence that says it all.
func message(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) string {
	table := plan.Table.GetName()
	if o.Exception != "" {
		return fmt.Sprintf("%s: PostgreSQL cannot evaluate the rule over this data: %s", subject(plan, c), o.Exception)
	}
	switch c.Kind() {
	case expectation.TableColumnsToMatchSet:
		return fmt.Sprintf("%s: the header of %s has %s, expected %s", table, file(plan, nil), found(c, o), rule(plan, c))
	case expectation.TableRowCountToBeBetween:
		return fmt.Sprintf("%s: found %s, expected %s%s", table, found(c, o), rule(plan, c), uncounted(plan))
	}
	return subject(plan, c) + ": " + broken(plan, c, o) + reached(c.Args, o) + survivors(plan, o) + elsewhere(c)
}

// subject is the column that the rule is about, or the table.
func subject(plan *compile.Plan, c *compile.Check) string {
	if c.Args.Column == "" {
		return plan.Table.GetName()
	}
	return plan.Table.GetName() + "." + c.Args.Column
}

// expected is the rule, and how much of the column it asks for.
func expected(plan *compile.Plan, c *compile.Check) string {
	if least, ok := share(c.Args); ok {
		return rule(plan, c) + ", for at least " + least + " % of the values"
	}
	return rule(plan, c)
}

// broken says how many rows break the rule: "1 of 7,043 values is not at least 0".
func broken(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) string {
	judged := o.Elements - o.Missing
	if absent(plan, c) {
		return fmt.Sprintf("%s has no column %s, so none of %s has a value", file(plan, nil), c.Args.Column, prose.Count(judged, "row"))
	}
	if c.Kind() == expectation.ColumnValuesToNotBeNull {
		return fmt.Sprintf("%s of %s %s no value", prose.Number(o.Unexpected), prose.Count(judged, "row"),
			choose(o.Unexpected == 1, "has", "have"))
	}
	verb := choose(o.Unexpected == 1, "is", "are")
	values := fmt.Sprintf("%s of %s %s", prose.Number(o.Unexpected), prose.Count(judged, "value"), verb)
	switch {
	case c.Kind() == expectation.ColumnValuesToBeUnique:
		return values + " not unique"
	case c.Args.MinValue != nil && c.Args.MaxValue != nil:
		return values + " outside " + interval(c.Args)
	}
	return values + " not " + rule(plan, c)
}

// reached is the share that meets a rule beside the share that it asks for.
func reached(a expectation.Args, o evaluate.Outcome) string {
	least, ok := share(a)
	if !ok {
		return ""
	}
	judged := o.Elements - o.Missing
	return fmt.Sprintf("; %s %% meet it, and the rule asks for at least %s %%",
		under(judged-o.Unexpected, judged, decimals(least)), least)
}

// survivors says of how many of the delivered rows a rule speaks, where some were
// rejected before it could see them.
func survivors(plan *compile.Plan, o evaluate.Outcome) string {
	rejected := plan.Delivered.GetRejected()
	if rejected == 0 {
		return ""
	}
	return fmt.Sprintf("; %s of %s were judged", prose.Number(o.Elements), prose.Count(o.Elements+rejected, "row"))
}

// uncounted says that more rows were delivered than a count counts.
func uncounted(plan *compile.Plan) string {
	rejected := plan.Delivered.GetRejected()
	if rejected == 0 {
		return ""
	}
	return fmt.Sprintf("; %s more %s delivered and rejected", prose.Number(rejected), choose(rejected == 1, "was", "were"))
}

// elsewhere says that the table that a rule looks into lacks rows which were delivered.
func elsewhere(c *compile.Check) string {
	if c.OtherRejected == 0 {
		return ""
	}
	return fmt.Sprintf("; %s of %s %s delivered and rejected, and may hold what is missing",
		prose.Count(c.OtherRejected, "row"), c.Args.OtherTable, choose(c.OtherRejected == 1, "was", "were"))
}
