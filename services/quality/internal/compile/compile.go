package compile

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Compile makes one plan per table of the dataset, in the dataset's order, from what
// a batch delivered. It returns DATASET_INVALID with every expectation that cannot
// be evaluated, by table, expectation and argument.
func Compile(d *datasetv1.Dataset, delivered []*stepv1.DeliveredTable) ([]*Plan, error) {
	byTable := make(map[string]*stepv1.DeliveredTable, len(delivered))
	for _, t := range delivered {
		byTable[t.GetTable()] = t
	}
	candidate := func(table string) (relation.Relation, bool) {
		c := byTable[table].GetCandidate()
		return relation.Of(c.GetRelation()), c != nil
	}
	var wrong invalid
	plans := make([]*Plan, 0, len(d.GetTables()))
	for i, t := range d.GetTables() {
		wrong.columns(t, i)
		plan := &Plan{Table: t, Delivered: byTable[t.GetName()]}
		for j, e := range t.GetExpectations() {
			plan.Checks = append(plan.Checks, &Check{Config: e, Args: wrong.arguments(d, i, j)})
		}
		plans = append(plans, plan)
	}
	if err := wrong.problem(d); err != nil {
		return nil, err
	}
	for _, plan := range plans {
		plan.compile(candidate)
	}
	return plans, nil
}

func (p *Plan) compile(candidate func(string) (relation.Relation, bool)) {
	own, ok := candidate(p.Table.GetName())
	if !ok {
		p.skip()
		return
	}
	b := newBuilder(p.Table, own, candidate)
	for _, c := range p.Checks {
		kinds[c.Kind()](b, c)
	}
	p.Passes = b.finish()
}

// skip leaves only what the header can answer.
func (p *Plan) skip() {
	for _, c := range p.Checks {
		if c.Kind() != expectation.TableColumnsToMatchSet {
			c.Skipped = fmt.Sprintf("table %s has no candidate: no row of its file could be staged", p.Table.GetName())
		}
	}
}
