package problem_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

func TestOnlyWhatGuardsFindCanBeAccepted(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, []string{"STALE_EXTRACT", "DEPARTURES_OVER_LIMIT"}, problem.AcceptableReasons())
	require.Equal(t, []string{"ROLLBACK_MIXED"}, problem.AcceptableInRollback())
	for _, r := range append(problem.AcceptableReasons(), problem.AcceptableInRollback()...) {
		require.True(t, problem.Acceptable(problem.Reason(r)))
		require.Contains(t, problem.Lookup(problem.Reason(r)).Do, "--accept "+r, "the way out is named")
		require.Equal(t, problem.ExitData, problem.Lookup(problem.Reason(r)).Exit)
	}
	for _, r := range []problem.Reason{problem.RowsRejected, problem.DuplicateKeys, problem.HeaderMismatch, problem.ExpectationsFailed, "", "NONE"} {
		require.False(t, problem.Acceptable(r))
	}
}
