package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// Runs of one dataset take turns, so that the second of two that were asked for at once
// is guarded by what the first one left.
func TestTwoGuardedRunsAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	cut := extract.Copy(t, february)
	extract.Without(t, cut, extract.Users/2)

	whole, short := s.start(t, extract.February, february), s.start(t, "2024-03-31", cut)
	first, second := s.wait(t, whole.GetRun().GetId()), s.wait(t, short.GetRun().GetId())

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, first.GetState(), first.GetMessage())
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, second.GetState())
	require.Equal(t, "DEPARTURES_OVER_LIMIT", second.GetReason())
	for _, f := range departures(second) {
		require.Contains(t, f.GetMessage(), "of the 7,043 rows of "+extract.February, "it is compared with the run before it")
	}
	require.Equal(t, []string{extract.February}, s.rows(t, "select as_of from sf_ingest.watermark"))
}

// A stale delivery that weighs as a warning is planned and run, and its warning is one of
// those that `--fail-on warning` goes by; one that weighs as an error is refused by both.
func TestWhatAStaleDeliveryWeighs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stale    datasetv1.Stale
		severity datasetv1.Severity
		state    orchestratorv1.RunState
	}{
		"warning": {datasetv1.Stale_STALE_WARNING, datasetv1.Severity_SEVERITY_WARNING, orchestratorv1.RunState_RUN_STATE_SUCCEEDED},
		"error":   {datasetv1.Stale_STALE_ERROR, datasetv1.Severity_SEVERITY_CRITICAL, orchestratorv1.RunState_RUN_STATE_FAILED},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			january, _ := extract.Months(t)
			d := builtin.Streamflow()
			d.Stale = tc.stale
			s.apply(t, d)
			s.succeed(t, extract.January, january)
			again := extract.Copy(t, january) // without the manifest, which says the as_of

			for _, mode := range []orchestratorv1.RunMode{orchestratorv1.RunMode_RUN_MODE_PLAN, orchestratorv1.RunMode_RUN_MODE_FULL} {
				r := s.runMode(t, extract.February, again, mode)

				require.Equal(t, tc.state, r.GetState(), r.GetMessage())
				require.NotEmpty(t, r.GetFindings())
				require.Equal(t, "STALE_EXTRACT", r.GetFindings()[0].GetReason())
				require.Equal(t, tc.severity, r.GetFindings()[0].GetSeverity())
				require.Contains(t, r.GetFindings()[0].GetMessage(), "the same, byte for byte, as last published for "+extract.January)
			}
		})
	}
}

// Who corrects a month and then starts the next one from the folder that was corrected is
// stopped: the files of before the correction are not forgotten.
func TestAFolderThatWasCorrectedElsewhereIsStale(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	s.supersede(t, extract.January, extract.Copy(t, february), orchestratorv1.RunMode_RUN_MODE_FULL)

	r := s.runMode(t, extract.February, extract.Copy(t, january), orchestratorv1.RunMode_RUN_MODE_FULL)

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, r.GetState())
	require.Equal(t, "STALE_EXTRACT", r.GetReason(), r.GetMessage())
	require.Contains(t, r.GetFindings()[0].GetMessage(), "published for "+extract.January+" and replaced there since")
}
