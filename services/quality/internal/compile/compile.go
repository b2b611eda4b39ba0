package compile

import (
	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Compile makes one plan per table of the dataset, in the dataset's order, from what
// a batch delivered. It returns DATASET_INVALID with every expectation that cannot
// be evaluated, by table, expectation and argument.
func Compile(d *datasetv1.Dataset, delivered []*stepv1.DeliveredTable) ([]*Plan, error) {
	all := delivery(d, delivered)
	var wrong invalid
	plans := make([]*Plan, 0, len(d.GetTables()))
	for i, t := range d.GetTables() {
		wrong.columns(t, i)
		plan := &Plan{Table: t, Delivered: all[t.GetName()].delivered, tables: all}
		for j, e := range t.GetExpectations() {
			plan.Checks = append(plan.Checks, &Check{Config: e, Args: wrong.arguments(d, i, j)})
		}
		plans = append(plans, plan)
	}
	if err := wrong.problem(d); err != nil {
		return nil, err
	}
	for _, plan := range plans {
		plan.compile()
	}
	return plans, nil
}

func (p *Plan) compile() {
	own, why := p.tables.candidate(p.Table.GetName())
	if why != "" {
		p.skip(why)
		return
	}
	b := newBuilder(p.Table, own, p.tables)
	for _, c := range p.Checks {
		kinds[c.Kind()](b, c)
	}
	p.Passes = b.finish()
}

// skip leaves only what the header can answer.
func (p *Plan) skip(why string) {
	for _, c := range p.Checks {
		if c.Kind() != expectation.TableColumnsToMatchSet {
			c.Skipped = why
		}
	}
}
