package registry

import (
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
)

// parted are histories that would part from live by the version, since a run was left half
// done. What else is found of their columns comes of it: the SQL for it would mend what a
// run still has to rename.
func (j *judgement) parted() []problem.Violation {
	var all []problem.Violation
	for _, p := range step.PartedOf(j.after, j.now.Tables, j.now.Snapshots) {
		all = append(all, problem.Violation{Subject: p.History.String(), Description: p.String()})
		for _, check := range j.now.Snapshots {
			for _, d := range check.GetDifferences() {
				if p.Concerns(relation.Of(check.GetRelation()), d) {
					j.explained = append(j.explained, d)
				}
			}
		}
	}
	return all
}
