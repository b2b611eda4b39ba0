package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestWhatIsAcceptedIsSent(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"run start":                                  nil,
		"run start --accept STALE_EXTRACT":           {"STALE_EXTRACT:"},
		"plan --accept departures-over-limit:labels": {"DEPARTURES_OVER_LIMIT:labels"},
		"run start --accept DEPARTURES_OVER_LIMIT:labels --accept stale_extract:users --accept-from 01hq7d": {
			"DEPARTURES_OVER_LIMIT:labels", "STALE_EXTRACT:users",
		},
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			g := holding(t, succeeded())

			r := sfctl(at(g), append(strings.Fields(args), "--as-of", "2024-01-31", "--source", "/data")...)

			require.Zero(t, r.code, r.err)
			sent := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)
			require.Len(t, sent, 1)
			var got []string
			for _, a := range sent[0].GetAccept() {
				got = append(got, a.GetReason()+":"+a.GetTable())
			}
			require.Equal(t, want, got)
			require.Equal(t, strings.Contains(args, "--accept-from"), sent[0].GetAcceptFrom() == "01hq7d")
		})
	}
}

func TestWhatNoGuardFindsCannotBeAccepted(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"ROWS_REJECTED":          `"ROWS_REJECTED" cannot be accepted; what can is STALE_EXTRACT and DEPARTURES_OVER_LIMIT`,
		"":                       `"" cannot be accepted`,
		"labels":                 `"LABELS" cannot be accepted`,
		"DEPARTURES_OVER_LIMIT:": "a table is missing behind the colon",
	} {
		g := holding(t, succeeded())

		r := sfctl(at(g), "run", "start", "--as-of", "2024-01-31", "--source", "/data", "--accept", accept)

		require.Equal(t, 2, r.code, accept)
		require.Contains(t, r.err, want)
		require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g))
	}
}
