package quality_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

// A validation loses the rows of keys that are erased, wherever it lists them, and keeps its
// counts and its verdict; a plan changes nothing, and a fence that was raised neither.
func TestAValidationForgetsAKey(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	req := s.request([]*datasetv1.Table{table}, deliver.Stage(t, s.db, table,
		[]string{"a", "1", "open"}, []string{"bee", "-1.50", "lost"}, []string{"c", "-2", "open"}))
	v := s.mustValidate(t, req)
	s.db.Exec(t, `create table sf_platform.erasing (run text, table_name text, key text[]); grant select on sf_platform.erasing to sf_quality;
		insert into sf_platform.erasing values ('run_e', 'orders', '{bee}'), ('run_other', 'orders', '{c}')`)
	erase := func(phase stepv1.ErasePhase) (*qualityv1.EraseResponse, error) {
		return s.client.Erase(t.Context(), &qualityv1.EraseRequest{
			Context: &stepv1.StepContext{Run: "run_e", Fence: s.fence.Proto(), RequestedBy: "me"}, Dataset: req.GetDataset(), Phase: phase,
			Keys: &stepv1.Relation{Schema: "sf_platform", Name: "erasing"},
		})
	}
	holding := "select id from sf_quality.validation where report::text like '%bee%' or report::text like '%-1.50%'"

	counted, err := erase(stepv1.ErasePhase_ERASE_PHASE_COUNT)
	require.NoError(t, err)
	require.Len(t, s.db.Rows(t, holding), 1)
	gone, err := erase(stepv1.ErasePhase_ERASE_PHASE_ERASE)
	require.NoError(t, err)

	require.Equal(t, counted.GetResult().GetRows()[0].GetRows(), gone.GetResult().GetRows()[0].GetRows())
	require.Empty(t, s.db.Rows(t, holding), s.db.Rows(t, "select report from sf_quality.validation"))
	got, err := s.client.GetValidation(t.Context(), &qualityv1.GetValidationRequest{Validation: v.GetId()})
	require.NoError(t, err)
	now := got.GetValidation()
	require.Equal(t, v.GetSuccess(), now.GetSuccess())
	require.Equal(t, numbers(v), numbers(now))
	require.EqualValues(t, 2, now.GetResults()[1].GetResult().GetUnexpectedCount())
	require.Len(t, now.GetResults()[1].GetResult().GetPartialUnexpectedIndexList(), 1)
	again, err := erase(stepv1.ErasePhase_ERASE_PHASE_ERASE)
	require.NoError(t, err)
	require.Empty(t, again.GetResult().GetRows(), "twice is once")
	s.db.Fence(t, datasetName)
	for _, phase := range []stepv1.ErasePhase{stepv1.ErasePhase_ERASE_PHASE_FIND, stepv1.ErasePhase_ERASE_PHASE_COUNT, stepv1.ErasePhase_ERASE_PHASE_ERASE} {
		_, err = erase(phase)
		require.Equal(t, problem.FenceLost, problem.FromError(err).Reason)
	}
}
