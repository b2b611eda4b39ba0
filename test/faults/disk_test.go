package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// The disk that a month is staged on is full, for real: a file system in memory with next to
// no room. The step gives back what it took, is left alone for a minute and more, and says what
// needs how much room; once there is room the run ends as if nothing had been.
func TestADiskThatIsFull(t *testing.T) {
	t.Parallel()
	want := undisturbed()(t)
	own := startServer(t, folder(t))
	disk := smallDisk(t, own.Pid())
	exec1(t, own.URL(""), "create database full_disk")
	exec1(t, own.URL(""), fmt.Sprintf("create tablespace small location '%s'", disk))
	s := setupWith(t, func(cfg *cluster.Config) { cfg.OwnerURL = own.URL("full_disk") })
	s.succeed(t, extract.January, "month_000")
	exec1(t, s.url, "alter role sf_ingest in database full_disk set default_tablespace = 'small'")
	exec1(t, s.url, "grant create on tablespace small to sf_ingest")
	s.again(t, cluster.Ingest) // with sessions that know of it

	run := s.start(t, extract.February, "month_001")
	told := s.retried(t, run)
	require.Equal(t, "DATABASE_FULL", told.GetReason())
	require.Regexp(t, `^the disk of PostgreSQL is full: .*No space left on device.*; staging \w+\.csv needs about \d.* of room; trying again in 1m\d*s$`, told.GetMessage())
	require.Eventually(t, func() bool { return room(t, disk) > diskSize/2 }, 10*time.Second, 10*time.Millisecond, "what the step had taken was given back")
	r, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: run})
	require.NoError(t, err)
	require.Equal(t, int32(1), r.GetRun().GetSteps()[0].GetAttempts(), "it waits")

	mount(t, "-o", "remount,size=64m", disk)
	s.again(t, cluster.Orchestrator) // another worker takes the run over, instead of a minute of waiting

	got := s.wait(t, run)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, got.GetState(), "%s\n%s", got.GetMessage(), s.logs(t))
	require.Equal(t, int32(2), got.GetSteps()[0].GetAttempts(), "one try filled it, and the next one had room")
	require.Equal(t, want, s.state(t))
}

// again kills a service and starts it anew.
func (s *suite) again(t *testing.T, service string) {
	t.Helper()
	require.NoError(t, s.Kill(t.Context(), service))
	require.NoError(t, s.Restart(service))
	require.NoError(t, s.Ready(t.Context()))
}

// retried waits until a step is to be tried again, and returns the event that says so.
func (s *suite) retried(t *testing.T, run string) *orchestratorv1.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	events, err := s.client.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: run})
	require.NoError(t, err)
	for {
		e, err := events.Recv()
		require.NoError(t, err, "no step is tried again\n%s", s.logs(t))
		if e.GetEvent().GetKind() == orchestratorv1.EventKind_EVENT_KIND_STEP_RETRYING {
			return e.GetEvent()
		}
	}
}

// diskSize is less than a month of the tests takes, in bytes.
const diskSize = 256 << 10

// smallDisk mounts a file system of that size, which belongs to the user that a process runs as.
func smallDisk(t *testing.T, pid int) string {
	t.Helper()
	info, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	if err != nil {
		t.Skip("only Linux mounts a file system in memory:", err)
	}
	owner, is := info.Sys().(*syscall.Stat_t)
	require.True(t, is)
	dir := filepath.Join(folder(t), "small")
	require.NoError(t, os.Mkdir(dir, 0o755))
	out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o",
		fmt.Sprintf("size=%d,mode=0700,uid=%d,gid=%d", diskSize, owner.Uid, owner.Gid), "tmpfs", dir).CombinedOutput()
	if err != nil {
		t.Skipf("a full disk is not tried: whoever runs this may not mount one (%v: %s)", err, out)
	}
	t.Cleanup(func() {
		out, err := exec.CommandContext(context.Background(), "umount", "--lazy", dir).CombinedOutput()
		require.NoError(t, err, "%s", out)
	})
	return dir
}

func mount(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "mount", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// room is how many bytes are free.
func room(t *testing.T, dir string) uint64 {
	t.Helper()
	var fs syscall.Statfs_t
	require.NoError(t, syscall.Statfs(dir, &fs))
	return fs.Bavail * uint64(fs.Bsize)
}

// folder makes a folder that PostgreSQL's own user may enter.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sf-faults-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}
