package compile

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// invalid collects what keeps the expectations of a dataset from being evaluated.
// Whoever registered the dataset had it linted; this is what SQL is built on, and
// nothing else of the declaration.
type invalid struct {
	violations []problem.Violation
	guesses    nearest.Guesses
}

func (v *invalid) note(path, format string, args ...any) {
	v.violations = append(v.violations, problem.Violation{Subject: path, Description: fmt.Sprintf(format, args...)})
}

// columns checks the names and types that statements are made of.
func (v *invalid) columns(t *datasetv1.Table, table int) {
	for i, c := range t.GetColumns() {
		if _, err := dataset.ParseType(c.GetType()); err != nil {
			v.note(fmt.Sprintf("tables[%d].columns[%d].type", table, i), "table %s, column %s: %v", t.GetName(), c.GetName(), err)
		}
	}
	for i, k := range t.GetKey() {
		if dataset.ColumnByName(t, k) == nil {
			v.note(fmt.Sprintf("tables[%d].key[%d]", table, i), "table %s: the key column %q is not among its columns", t.GetName(), k)
		}
	}
}

// arguments returns those of one expectation, and notes what is wrong with them.
func (v *invalid) arguments(d *datasetv1.Dataset, table, index int) expectation.Args {
	t := d.GetTables()[table]
	e := t.GetExpectations()[index]
	path := fmt.Sprintf("tables[%d].expectations[%d].", table, index)
	mistakes := expectation.Check(&v.guesses, t, d, e)
	for _, m := range mistakes {
		v.note(path+m.Path, "table %s, %s: %s: %s", t.GetName(), e.GetType(), m.Path, m.Message)
	}
	if len(mistakes) > 0 {
		return expectation.Args{}
	}
	args, _ := expectation.Decode(e) // Check decodes too, and found nothing
	if kinds[e.GetType()] == nil {
		v.note(path+"type", "table %s: this version of the quality service does not evaluate %s", t.GetName(), e.GetType())
	}
	return args
}

func (v *invalid) problem(d *datasetv1.Dataset) error {
	if len(v.violations) == 0 {
		return nil
	}
	rest := ""
	if n := len(v.violations) - 1; n > 0 {
		rest = fmt.Sprintf(" (and %d more)", n)
	}
	p := problem.New(problem.DatasetInvalid, "dataset %s has expectations that cannot be evaluated: %s%s",
		d.GetName(), v.violations[0].Description, rest).With("dataset", d.GetName())
	p.Violations = v.violations
	return p
}
