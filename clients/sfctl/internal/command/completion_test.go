package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestCompletionAsksTheGateway(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"run get":                       "run_01hq7d",
		"batch get":                     "bat_01",
		"validation get":                "val_01",
		"snapshot get":                  "2024-01-31",
		"dataset get":                   "small",
		"run list --dataset":            "small",
		"run start --as-of":             "2024-01-31",
		"batch list --as-of":            "2024-01-31",
		"run list --state":              "failed",
		"run start --accept":            "DEPARTURES_OVER_LIMIT",
		"snapshot list --snapshot":      "users_snapshots",
		"snapshot revisions --snapshot": "users_snapshots",
		"snapshot gaps --snapshot":      "users_snapshots",
		"dataset get small --version":   "9c01d2e3f4a5",
		"validation list --batch":       "bat_01",
		"run start --fail-on":           "warning",
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

// complete is what Tab proposes behind a line, for what is begun there.
func complete(t *testing.T, env map[string]string, begun string, line ...string) []string {
	t.Helper()
	r := sfctl(env, append(append([]string{"__complete"}, line...), begun)...)
	require.Zero(t, r.code, r.err)
	words := strings.Split(strings.TrimSpace(r.out), "\n")
	return words[:len(words)-1] // the last one is for the shell
}

func TestCompletionProposesOnlyRunsThatFit(t *testing.T) {
	t.Parallel()
	run := func(id, asOf string, state orchestratorv1.RunState, reasons ...string) *orchestratorv1.Run {
		r := &orchestratorv1.Run{Id: id, AsOf: asOf, State: state}
		for _, reason := range reasons {
			r.Findings = append(r.Findings, &stepv1.Finding{Reason: reason})
		}
		return r
	}
	const (
		failed  = orchestratorv1.RunState_RUN_STATE_FAILED
		jan     = "2024-01-31"
		feb     = "2024-02-29"
		guarded = "DEPARTURES_OVER_LIMIT"
	)
	env := at(holding(t,
		run("run_queued", feb, orchestratorv1.RunState_RUN_STATE_QUEUED), run("run_running", feb, orchestratorv1.RunState_RUN_STATE_RUNNING),
		run("run_guard", feb, failed, "EXPECTATIONS_FAILED", guarded), run("run_rows", feb, failed, "EXPECTATIONS_FAILED"),
		run("run_done", feb, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, guarded), run("run_stale", jan, failed, "STALE_EXTRACT"),
		run("run_gone", jan, orchestratorv1.RunState_RUN_STATE_CANCELLED),
	))

	require.Equal(t, []string{"run_queued", "run_running"}, complete(t, env, "", "run", "cancel"), "what has ended cannot be cancelled")
	require.Equal(t, []string{"run_guard", "run_stale"}, complete(t, env, "", "run", "start", "--accept-from"))
	require.Equal(t, []string{"run_stale"}, complete(t, env, "", "run", "start", "--as-of", jan, "--accept-from"))
	require.Equal(t, []string{"run_guard"}, complete(t, env, "", "plan", "--as-of="+feb, "--accept-from"))
}

func TestCompletionOfAcceptGoesOnWithTables(t *testing.T) {
	t.Parallel()
	env := at(holding(t, succeeded()))

	require.Contains(t, complete(t, env, "", "run", "start", "--dataset", "small", "--accept"), "STALE_EXTRACT")
	require.Equal(t, []string{"STALE_EXTRACT:users"}, complete(t, env, "STALE_EXTRACT:", "run", "start", "--dataset", "small", "--accept"))
	require.Equal(t, []string{"stale-extract:users"}, complete(t, env, "stale-extract:us", "run", "start", "--dataset", "small", "--accept"))
	require.Empty(t, complete(t, env, "", "dataset", "get", "--version"), "of no dataset there are no versions")
}

func TestCompletionOfAnUnknownShellIsAMistake(t *testing.T) {
	t.Parallel()
	r := sfctl(nil, "completion", "foo")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, `unknown command "foo" for "sfctl completion": it has bash, fish, powershell, zsh`)
	require.Contains(t, sfctl(nil, "completion", "zhs").err, "did you mean zsh")
	for _, shell := range []string{"bash", "fish", "powershell", "zsh"} {
		require.Zero(t, sfctl(nil, "completion", shell).code, shell)
	}
	require.Contains(t, sfctl(nil, "completion").out, "bash", "alone it shows what it has")
}
