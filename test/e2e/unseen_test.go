package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// What the expectations did not see is in the validation, from the file to REST: ingest
// counts it, the orchestrator passes it on, quality says so.
func TestAValidationIsNoSuccessOverRowsThatItDidNotSee(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Sample(t, 50)
	dir := extract.Copy(t, january)
	extract.SetField(t, dir, "usage_agg_30d.csv", 3, "skips_7d", "many")
	extract.SetField(t, dir, "usage_agg_30d.csv", 9, "skips_7d", "few")
	for line := 2; line <= 51; line++ {
		extract.SetField(t, dir, "labels.csv", line, "churn_label", "maybe")
	}

	r := s.run(t, extract.January, dir)

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, r.GetState())
	require.Equal(t, "ROWS_REJECTED", r.GetReason())
	got, err := s.quality.GetValidation(t.Context(), &qualityv1.GetValidationRequest{Validation: r.GetValidation()})
	require.NoError(t, err)
	v := got.GetValidation()
	require.False(t, v.GetSuccess())
	require.Equal(t, int64(52), v.GetRejectedRows())
	skipped := 0
	for _, res := range v.GetResults() {
		switch res.GetTable() {
		case "usage_agg_30d":
			require.Equal(t, int64(2), res.GetRejectedRows())
			require.Empty(t, res.GetSkipped())
		case "labels":
			require.Equal(t, int64(50), res.GetRejectedRows())
			if res.GetSkipped() != "" {
				skipped++
				require.Contains(t, res.GetSkipped(), "no row of table labels could be staged: 50 rows were delivered and rejected")
			}
		}
	}
	require.Positive(t, skipped, "a rule over no row at all says nothing")
	for _, step := range r.GetSteps() {
		if step.GetKind() == orchestratorv1.StepKind_STEP_KIND_VALIDATE {
			require.Equal(t, orchestratorv1.StepState_STEP_STATE_FAILED, step.GetState())
			require.Contains(t, step.GetSummary(), "52 rejected rows not seen")
		}
	}
}
