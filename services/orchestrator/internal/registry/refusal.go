package registry

import (
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
)

// refusal is the error of a version that is not applied. The message counts what is in
// the way, and each violation says one thing that a person has to mend, with its SQL.
func refusal(dataset string, found []problem.Violation) error {
	p := problem.New(problem.DatasetRefused, "dataset %s was not applied: %s",
		dataset, toMend(found)).With("dataset", dataset)
	p.Violations = found
	return p
}

func toMend(found []problem.Violation) string {
	if len(found) == 1 {
		return "1 thing is to be mended first"
	}
	return prose.Count(int64(len(found)), "thing") + " are to be mended first"
}

// violations are differences of a table, each with the SQL that mends it.
func violations(of relation.Relation, differences []*stepv1.RelationDifference) []problem.Violation {
	all := make([]problem.Violation, 0, len(differences))
	for _, d := range differences {
		all = append(all, problem.Violation{Subject: of.String(), Description: d.GetFound() + ": " + d.GetMend()})
	}
	return all
}

// unseen says what could not be looked at.
func unseen(found step.Survey) []string {
	var warnings []string
	for _, err := range found.Unseen {
		warnings = append(warnings, "not checked, and the next run will: "+problem.FromError(err).Message)
	}
	return warnings
}
