package command_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// A restamp asks for no files, and is followed to the last of its dates.
func TestARestampIsFollowedFromDateToDate(t *testing.T) {
	t.Parallel()
	first, second := succeeded(), succeeded()
	first.Restamp, first.Next = true, "run_02"
	second.Id, second.Restamp, second.AsOf = "run_02", true, "2024-02-29"
	g := holding(t, first, second)

	r := sfctl(at(g), "run", "start", "--restamp", "--from", "2024-01-31", "--reason", "January was wrong")

	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, "Run run_02 goes on with what is stale after it.")
	require.Contains(t, r.out, "streamflow as of 2024-02-29\n", "from nowhere: it reads no files")
	asked := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)[0]
	require.True(t, asked.GetRestamp())
	require.Equal(t, []string{"2024-01-31", "", "January was wrong"}, []string{asked.GetAsOf(), asked.GetSource(), asked.GetReason()})
	require.NotEmpty(t, asked.GetRequestId())

	g = holding(t, first, second)
	r = sfctl(at(g), "run", "start", "--restamp", "--from", "2024-01-31", "--detach", "-o", "name")
	require.Equal(t, first.GetId()+"\n", r.out, "nobody waits for it")
	g = holding(t, first)
	require.Zero(t, sfctl(at(g), "plan", "--restamp", "--from", "2024-01-31").code)
	require.Equal(t, orchestratorv1.RunMode_RUN_MODE_PLAN, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)[0].GetMode())
}

// --timeout is of all the dates together: here there is always one more.
func TestARestampIsNotWaitedForLongerThanAsked(t *testing.T) {
	t.Parallel()
	first, second := succeeded(), succeeded()
	first.Next, second.Id, second.Next = "run_02", "run_02", first.GetId()

	r := sfctl(at(holding(t, first, second)), "run", "start", "--restamp", "--from", "2024-01-31", "--timeout", "200ms")

	require.Equal(t, problem.ExitUnavailable, r.code)
	require.Contains(t, r.err, "has not ended within --timeout")
}

func TestARestampThatFailsIsTheEnd(t *testing.T) {
	t.Parallel()
	first, second := succeeded(), succeeded()
	first.Next, second.Id = "run_02", "run_02"
	second.State, second.Reason, second.Message = orchestratorv1.RunState_RUN_STATE_FAILED, "RESTAMP_REFUSED", "the rows are gone"
	second.Next = "run_03"

	r := sfctl(at(holding(t, first, second)), "run", "start", "--restamp", "--from", "2024-01-31")

	require.Equal(t, 6, r.code, r.err)
	require.Contains(t, r.err, "the rows are gone")
}

func TestWhatARestampHasNoUseForIsRefused(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{
		{"--restamp"}, {"--from", "2024-01-31"}, {"--restamp", "--from", "2024"}, {"--restamp", "--from", "2024-01-31", "--as-of", "2024-01-31", "--source", "/data"},
		{"--restamp", "--from", "2024-01-31", "--supersede"}, {"--restamp", "--from", "2024-01-31", "--restage"}, {"--restamp", "--from", "2024-01-31", "--full-extract"},
		{"--restamp", "--from", "2024-01-31", "--accept", "DEPARTURES_OVER_LIMIT"}, {"--restamp", "--from", "2024-01-31", "--accept-from", "run_01hq7d"},
		{"--restamp", "--from", "2024-01-31", "--source", "/data"}, {"--as-of", "2024-01-31"}, {"--source", "/data"}, {},
	} {
		g := holding(t, succeeded())
		r := sfctl(at(g), append([]string{"run", "start"}, flags...)...)
		require.Equal(t, 2, r.code, "%v: %s", flags, r.err)
		require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g), flags)
	}
}
