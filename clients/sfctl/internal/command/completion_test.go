package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompletionAsksTheGateway(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"run get":                 "run_01hq7d",
		"run cancel":              "run_01hq7d",
		"batch get":               "bat_01",
		"validation get":          "val_01",
		"snapshot get":            "2024-01-31",
		"dataset get":             "small",
		"run list --dataset":      "small",
		"run start --as-of":       "2024-01-31",
		"batch list --as-of":      "2024-01-31",
		"run list --state":        "failed",
		"run start --accept":      "DEPARTURES_OVER_LIMIT",
		"run start --accept-from": "run_01hq7d",
		"validation list --batch": "bat_01",
		"run start --fail-on":     "warning",
	} {
		r := sfctl(at(holding(t, succeeded())), append(append([]string{"__complete"}, strings.Fields(line)...), "")...)
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, want+"\n", line)
	}
}

func TestCompletionWithoutAServerIsSilent(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"127.0.0.1:1", "foo"} {
		r := sfctl(map[string]string{"SFCTL_SERVER": server}, "__complete", "run", "get", "")
		require.Zero(t, r.code)
		require.Equal(t, ":4\n", r.out, "no proposal, and no file names either")
	}
	second := sfctl(at(holding(t, succeeded())), "__complete", "run", "get", "run_01hq7d", "")
	require.Equal(t, ":4\n", second.out, "a second argument there is none")
}
