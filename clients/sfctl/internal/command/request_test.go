package command_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func TestStartSendsWhatWasGiven(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	require.NoError(t, err)
	tests := map[string]struct {
		args   string
		env    map[string]string
		source string
		by     string
		mode   orchestratorv1.RunMode
	}{
		"a relative path is made absolute": {"run start --source ./data/month_000", nil, filepath.Join(here, "data/month_000"), "ana@desk", orchestratorv1.RunMode_RUN_MODE_FULL},
		"an absolute path is kept":         {"run start --source /data", nil, "/data", "ana@desk", orchestratorv1.RunMode_RUN_MODE_FULL},
		"a URI is kept":                    {"run start --source s3://bucket/x/../y", nil, "s3://bucket/x/../y", "ana@desk", orchestratorv1.RunMode_RUN_MODE_FULL},
		"SFCTL_USER says who asks":         {"run start --source file:///data", map[string]string{"SFCTL_USER": "nightly"}, "file:///data", "nightly", orchestratorv1.RunMode_RUN_MODE_FULL},
		"plan":                             {"plan --source /data", nil, "/data", "ana@desk", orchestratorv1.RunMode_RUN_MODE_PLAN},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := holding(t, succeeded())
			env := at(g)
			for k, v := range tt.env {
				env[k] = v
			}

			r := sfctl(env, append(strings.Fields(tt.args), "--as-of", "2024-01-31")...)

			require.Zero(t, r.code, r.err)
			sent := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)
			require.Len(t, sent, 1)
			require.Equal(t, tt.source, sent[0].GetSource())
			require.Equal(t, tt.by, sent[0].GetRequestedBy())
			require.Equal(t, tt.mode, sent[0].GetMode())
			require.Equal(t, "streamflow", sent[0].GetDataset())
			require.Regexp(t, `^req_[0-9a-z]{26}$`, sent[0].GetRequestId(), "made up here, so that it can be sent again")
		})
	}
}

// A connection that breaks once the gateway took the request, as in a rollout: it is sent again
// under its key, so that it is the same run whichever of the two was carried out.
func TestAStartIsSentAgainUnderItsKey(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())
	g.Breaks = 2

	r := sfctl(at(g), "run", "start", "--source", "/data", "--as-of", "2024-01-31")

	require.Zero(t, r.code, r.err)
	sent := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)
	require.Len(t, sent, 3)
	for _, again := range sent {
		require.Equal(t, sent[0].GetRequestId(), again.GetRequestId())
	}
}

func TestRequestIDAndDatasetAreSent(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())

	r := sfctl(at(g), append(strings.Fields(startLine), "--request-id", "mine", "--dataset", "other", "--detach")...)

	require.Zero(t, r.code)
	sent := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)[0]
	require.Equal(t, "mine", sent.GetRequestId())
	require.Equal(t, "other", sent.GetDataset())
	require.Empty(t, gatewaytest.Requests[*orchestratorv1.WatchRunRequest](g), "--detach does not wait")
}

func TestFiltersAreSent(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())

	require.Zero(t, sfctl(at(g), strings.Fields("run list --dataset d --as-of 2024-01-31 --state failed,Queued --limit 7")...).code)
	require.Zero(t, sfctl(at(g), strings.Fields("batch list --dataset d --as-of 2024-01-31")...).code)
	require.Zero(t, sfctl(at(g), strings.Fields("snapshot list --dataset d --snapshot s")...).code)
	require.Zero(t, sfctl(at(g), strings.Fields("snapshot get 2024-01-31 --dataset d")...).code)
	require.Zero(t, sfctl(at(g), strings.Fields("dataset get small --version 3f")...).code)
	require.Zero(t, sfctl(at(g), strings.Fields("run cancel run_01")...).code)

	runs := gatewaytest.Requests[*orchestratorv1.ListRunsRequest](g)[0]
	require.Equal(t, "d", runs.GetDataset())
	require.Equal(t, "2024-01-31", runs.GetAsOf())
	require.Equal(t, int32(7), runs.GetPageSize())
	require.Equal(t, []orchestratorv1.RunState{
		orchestratorv1.RunState_RUN_STATE_FAILED, orchestratorv1.RunState_RUN_STATE_QUEUED,
	}, runs.GetStates())
	require.Equal(t, "2024-01-31", gatewaytest.Requests[*ingestv1.ListBatchesRequest](g)[0].GetAsOf())
	require.Equal(t, "s", gatewaytest.Requests[*snapshotv1.ListSnapshotsRequest](g)[0].GetSnapshot())
	require.Equal(t, "d", gatewaytest.Requests[*snapshotv1.GetSnapshotRequest](g)[0].GetDataset())
	require.Equal(t, "3f", gatewaytest.Requests[*orchestratorv1.GetDatasetRequest](g)[0].GetVersion())
	require.Equal(t, "ana@desk", gatewaytest.Requests[*orchestratorv1.CancelRunRequest](g)[0].GetRequestedBy())
}

func TestFlagsWinOverTheEnvironment(t *testing.T) {
	t.Parallel()
	flagged, named := holding(t, succeeded()), holding(t, succeeded())

	byEnv := sfctl(at(named), "run", "list")
	byFlag := sfctl(at(named), "run", "list", "--server", flagged.Address())
	empty := sfctl(map[string]string{"SFCTL_SERVER": ""}, "run", "list", "--help")

	require.Zero(t, byEnv.code)
	require.Zero(t, byFlag.code)
	require.Len(t, gatewaytest.Requests[*orchestratorv1.ListRunsRequest](named), 1)
	require.Len(t, gatewaytest.Requests[*orchestratorv1.ListRunsRequest](flagged), 1)
	require.Contains(t, empty.out, `(default "127.0.0.1:7100")`, "an empty variable is none")
}

func TestTheTerminal(t *testing.T) {
	t.Parallel()
	terminal := command.Process{OutTerminal: true, ErrTerminal: true}
	run := func(t *testing.T, env map[string]string, args ...string) result {
		t.Helper()
		g := holding(t, succeeded())
		all := at(g)
		for k, v := range env {
			all[k] = v
		}
		return sfctlIn(context.Background(), terminal, all, append(strings.Fields(startLine), args...)...)
	}

	plain := sfctl(at(holding(t, succeeded())), strings.Fields(startLine)...)
	coloured := run(t, nil)
	noColor := run(t, map[string]string{"NO_COLOR": "1"})
	emptyNoColor := run(t, map[string]string{"NO_COLOR": ""})
	flag := run(t, nil, "--no-color")
	object := run(t, nil, "-o", "json")

	require.Contains(t, coloured.out, "\x1b[32msucceeded\x1b[0m")
	require.Contains(t, coloured.err, "\x1b[32m✓\x1b[0m stage done")
	require.Equal(t, plain.out, noColor.out)
	require.Equal(t, plain.out, flag.out)
	require.Equal(t, coloured.out, emptyNoColor.out)
	require.NotContains(t, object.out, "\x1b")
	require.Contains(t, noColor.err, "✓ stage done", "bars are drawn without colours, too")
	require.Contains(t, plain.err, "00:00:01 stage done: 7,043 rows of 1 table\n")
}

func TestTheGatewayIsRestartedWhileWaiting(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())
	all := g.Events
	g.Events, g.Hang = all[:2], true
	restarted := make(chan struct{})
	onceWatched(t, g, func() {
		defer close(restarted)
		g.Stop()
		g.Lock()
		g.Events, g.Hang = all, false
		g.Unlock()
		g.Restart(t)
	})

	r := sfctl(at(g), strings.Fields(startLine)...)
	<-restarted

	require.Zero(t, r.code, r.err)
	require.Equal(t, 1, strings.Count(r.err, "lost the connection"))
	require.Equal(t, 1, strings.Count(r.err, "stage done"))
	require.Contains(t, r.out, "Run run_01hq7d succeeded")
}

// A place on another machine is no folder of this one, and its password goes no further.
func TestASourceOnAnotherMachineIsRefusedHere(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())

	r := sfctl(at(g), "run", "start", "--as-of", "2024-01-31", "--source", "ana:secret@host:/data/month_000")

	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "source …@host:/data/month_000 names another machine")
	require.NotContains(t, r.err, "secret")
	require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g))
}
