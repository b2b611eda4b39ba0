package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const aToken = "pii:5f3a:9c01d2e4b6f80a1c"

func unmasked() []*stepv1.UnmaskedValue {
	return []*stepv1.UnmaskedValue{
		{Number: 1, File: "users.csv", Line: 7, At: "key.0", Table: "users", Column: "user_id", Shown: aToken, Value: "u-1"},
		{Number: 1, File: "users.csv", At: "message", Table: "users", Column: "email", Shown: "(hidden)", Value: "a\x1b[2Jb\u202e"},
		{Snapshot: "users_snapshots", At: "key.0", Table: "users", Column: "user_id", Shown: "(hidden)", Value: "u-2"},
	}
}

func TestUnmask(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Unmasked: unmasked()})
	r := sfctl(at(g), "unmask", "run_01hq7d", "--number", "2", "--shown", aToken)
	require.Zero(t, r.code, r.err)
	require.Equal(t, []string{
		"NUMBER FILE LINE COLUMN SHOWN VALUE",
		"1 users.csv 7 user_id " + aToken + " u-1",
	}, fields(r.out)[:2])
	require.Contains(t, r.out, "users_snapshots")
	require.NotContains(t, r.out, "\x1b", "what a value has for a terminal it does not get")
	require.NotContains(t, r.out, "\u202e")
	asked := gatewaytest.Requests[*orchestratorv1.UnmaskRunRequest](g)[0]
	require.Equal(t, "run_01hq7d", asked.GetRun())
	require.EqualValues(t, 2, asked.GetFinding())
	require.Equal(t, aToken, asked.GetShown())

	r = sfctl(at(g), "unmask", "val_01hq7d", "--number", "3", "-o", "json")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, `"value": "u-1"`)
	require.EqualValues(t, 3, gatewaytest.Requests[*qualityv1.UnmaskValidationRequest](g)[0].GetResult())
	r = sfctl(at(g), "unmask", "01hq7d", "-o", "name")
	require.Zero(t, r.code, r.err)
	require.NotContains(t, r.out, "u-1", "a value is no name")

	g.Unmasked = nil
	r = sfctl(at(g), "unmask", "run_01hq7d")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, "No personal value is kept in run_01hq7d")
	g.Err = problem.New(problem.PersonalKeyMissing, "the key 0a1b2c3d is gone")
	r = sfctl(at(g), "unmask", "run_01hq7d")
	require.Equal(t, problem.ExitConflict, r.code)
	require.Contains(t, r.err, "0a1b2c3d")
}

func TestUnmaskRefusesWhatIsNoRun(t *testing.T) {
	t.Parallel()
	for line, says := range map[string]string{
		"":                      "RUN is missing",
		"bat_01hq7d":            "is the id of a batch",
		"run":                   "too short",
		"run_01hq7d more":       "unexpected argument",
		"run_01hq7d --number x": "--number",
	} {
		r := sfctl(nil, append([]string{"unmask"}, strings.Fields(line)...)...)
		require.Equal(t, problem.ExitUsage, r.code, line)
		require.Contains(t, r.err, says, line)
	}
}

// fields are the lines of a table, with one blank between what stands in them.
func fields(out string) (lines []string) {
	for line := range strings.Lines(out) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}
