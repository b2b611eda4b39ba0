package console

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/judged"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
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

func batchKind(b *ingestv1.Batch) string {
	switch b.GetState() {
	case ingestv1.BatchState_BATCH_STATE_PUBLISHED, ingestv1.BatchState_BATCH_STATE_BACKFILLED:
		return "good"
	case ingestv1.BatchState_BATCH_STATE_REJECTED:
		return "bad"
	case ingestv1.BatchState_BATCH_STATE_STAGING:
		return "busy"
	default:
		return "idle"
	}
}

// passed is the result of a validation in a word, and how that is coloured.
func passed(v *qualityv1.Validation) (string, string) {
	if v.GetSuccess() {
		return "passed", "good"
	}
	return "failed", "bad"
}

// verdict is the result of an expectation in a word, and how that is coloured.
func verdict(r *qualityv1.ExpectationResult) (string, string) {
	word := judged.Verdict(r)
	switch {
	case word == judged.Skipped:
		return word, "idle"
	case word == judged.Held:
		return word, "good"
	case r.GetExpectationConfig().GetSeverity() == datasetv1.Severity_SEVERITY_WARNING:
		return word, "busy"
	default:
		return word, "bad"
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

// reads says whether the counts of a step are of files: no other rejects rows.
func reads(s *orchestratorv1.Step) bool {
	return s.GetKind() == orchestratorv1.StepKind_STEP_KIND_STAGE
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
