package devsuite_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// launchChild starts a suite in a process of its own and returns its address.
func launchChild(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the suite did not start")
	return cmd, strings.TrimSpace(address)
}

// TestKillLosesNothing keeps the promise of `sfctl dev`: killed with SIGKILL in a
// step, started again, the run that was under way completes, once.
func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	const users = 5_000
	source := month(t, users)
	for _, in := range []orchestratorv1.StepKind{
		orchestratorv1.StepKind_STEP_KIND_STAGE, orchestratorv1.StepKind_STEP_KIND_PUBLISH,
	} {
		t.Run(in.String(), func(t *testing.T) {
			dir := folder(t)
			cmd, address := launchChild(t, dir)
			c := client(t, address)
			run := startRun(t, c, source)
			waitForStep(t, c, run, in)
			require.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait() // killed, as it should be

			s := start(t, config(dir))
			end := ended(t, client(t, s.GRPCAddr()), run)

			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, end.GetState(), end.GetMessage())
			require.Equal(t, users, count(t, s, "select count(*) from users"))
			require.Equal(t, users, count(t, s, "select count(*) from labels"))
			require.Equal(t, users, count(t, s, "select count(*) from users_snapshots"))
			require.Equal(t, 7, count(t, s, "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'sf_history' and relkind = 'r'"),
				"one partition per snapshot, none half made")
			require.Zero(t, count(t, s, "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'sf_staging' and relkind = 'r'"),
				"no candidate is left over")
		})
	}
}

// TestPostgreSQLThatDiesIsStartedAgain keeps the same promise where PostgreSQL alone is
// killed, which nobody but the suite could start.
func TestPostgreSQLThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	const users = 2_000
	s := start(t, config(folder(t)))
	c := client(t, s.GRPCAddr())
	run := startRun(t, c, month(t, users))
	waitForStep(t, c, run, orchestratorv1.StepKind_STEP_KIND_STAGE)

	require.NoError(t, syscall.Kill(s.Postgres().Pid(), syscall.SIGKILL))

	end := ended(t, c, run)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, end.GetState(), end.GetMessage())
	require.Equal(t, users, count(t, s, "select count(*) from users"))
	require.Equal(t, users, count(t, s, "select count(*) from users_snapshots"))
	require.NoError(t, s.Stop(context.Background()))
	require.NoError(t, s.Wait())
}

// waitForStep returns when the run's step has begun.
func waitForStep(t *testing.T, c orchestratorv1.OrchestratorServiceClient, run string, step orchestratorv1.StepKind) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s, err := c.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: run})
	require.NoError(t, err)
	for {
		resp, err := s.Recv()
		require.NoError(t, err)
		e := resp.GetEvent()
		if e.GetStep() == step && e.GetKind() == orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED {
			return
		}
	}
}
