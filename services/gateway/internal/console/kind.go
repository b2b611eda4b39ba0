package console

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// runKind is how a run is coloured.
func runKind(r *orchestratorv1.Run) string {
	switch r.GetState() {
	case orchestratorv1.RunState_RUN_STATE_SUCCEEDED:
		return "good"
	case orchestratorv1.RunState_RUN_STATE_FAILED:
		return "bad"
	case orchestratorv1.RunState_RUN_STATE_RUNNING:
		return "busy"
	default:
		return "idle"
	}
}

func stepKind(s *orchestratorv1.Step) string {
	switch s.GetState() {
	case orchestratorv1.StepState_STEP_STATE_SUCCEEDED:
		return "good"
	case orchestratorv1.StepState_STEP_STATE_FAILED:
		return "bad"
	case orchestratorv1.StepState_STEP_STATE_RUNNING:
		return "busy"
	default:
		return "idle"
	}
}

func severityKind(f *stepv1.Finding) string {
	switch f.GetSeverity() {
	case datasetv1.Severity_SEVERITY_WARNING:
		return "busy"
	case datasetv1.Severity_SEVERITY_INFO:
		return "idle"
	default:
		return "bad"
	}
}

// writes says whether the counts of a step are of changes to the live tables.
func writes(s *orchestratorv1.Step) bool {
	return s.GetKind() == orchestratorv1.StepKind_STEP_KIND_PUBLISH || s.GetKind() == orchestratorv1.StepKind_STEP_KIND_PLAN
}

// changes sums what a run did, or would do, to the live tables.
func changes(r *orchestratorv1.Run) string {
	var sum stepv1.TableCounts
	found := false
	for _, s := range r.GetSteps() {
		if !writes(s) {
			continue
		}
		for _, c := range s.GetCounts() {
			found = true
			sum.Inserted += c.GetInserted()
			sum.Updated += c.GetUpdated()
			sum.Unchanged += c.GetUnchanged()
			sum.Departed += c.GetDeparted()
		}
	}
	if !found {
		return nothing
	}
	parts := []string{
		fmt.Sprintf("%s inserted", prose.Number(sum.Inserted)), fmt.Sprintf("%s updated", prose.Number(sum.Updated)),
		fmt.Sprintf("%s unchanged", prose.Number(sum.Unchanged)),
	}
	if sum.Departed > 0 {
		parts = append(parts, fmt.Sprintf("%s departed", prose.Number(sum.Departed)))
	}
	return strings.Join(parts, ", ")
}
