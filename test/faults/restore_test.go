package faults

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/privatepg"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// client runs one of PostgreSQL's own client programs, from the folder of the server's
// binaries. Some packages hold only the server's (npm's does).
func client(t *testing.T, of *privatepg.Server, program string, args ...string) string {
	t.Helper()
	path := filepath.Join(of.Bin(), program)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s beside %s: this PostgreSQL comes without client programs", program, filepath.Join(of.Bin(), "postgres"))
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", program, strings.Join(args, " "), out)
	return string(out)
}

// another is a second server, with nothing on it.
func another(t *testing.T) *privatepg.Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "sf-restore-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	other, err := privatepg.Start(t.Context(), privatepg.Options{Dir: filepath.Join(dir, "postgres"), Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = other.Stop(context.Background()) })
	return other
}

// restore restores a dump into a new database as docs/guides/backups.md has it: the
// roles first, which no dump holds, then the dump, and then the migrations.
func restore(t *testing.T, on *privatepg.Server, name, dump string) (ownerURL string) {
	t.Helper()
	exec1(t, on.URL(""), "create database "+name)
	cmd := exec.CommandContext(t.Context(), filepath.Join(ground.Bin, cluster.Ingest+"d"), "roles")
	cmd.Env = append(os.Environ(), "SF_OWNER_DATABASE_URL="+on.URL(name))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	client(t, on, "pg_restore", "--exit-on-error", "--single-transaction", "--dbname", on.URL(name), dump)
	return on.URL(name)
}

// A dump that is taken while a step of a run is under way holds a state to go on from:
// on another server, under other processes, the run ends as if nothing had happened.
func TestARunGoesOnFromARestoredDump(t *testing.T) {
	tests := map[string]struct {
		middle middle
		args   []string
	}{
		"without candidates": {middles["publish"], []string{"--no-unlogged-table-data"}},
	}
	for step, m := range middles {
		tests[step] = struct {
			middle middle
			args   []string
		}{m, nil}
	}
	want := undisturbed()(t)
	other := another(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := setup(t)
			s.succeed(t, extract.January, "month_000")
			g := shut(t, s.url, tt.middle.when, tt.middle.table, tt.middle.condition)
			run := s.start(t, extract.February, "month_001")
			g.reached(t)
			dump := filepath.Join(t.TempDir(), "streamflow.dump")

			client(t, ground.Server, "pg_dump", append(tt.args, "--format=custom", "--file", dump, s.url)...)

			exec1(t, other.URL(""), "drop database if exists streamflow with (force)")
			r := setupWith(t, func(cfg *cluster.Config) {
				cfg.OwnerURL, cfg.SharedRoles = restore(t, other, "streamflow", dump), false
			})
			got := r.wait(t, run)
			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, got.GetState(), "%s\n%s", got.GetMessage(), r.logs(t))
			require.Equal(t, want, r.state(t), "the same as where nothing was dumped or restored")
			r.unchanged(t)
		})
	}
}

// unchanged delivers the same month again: what was restored is known to be there.
func (s *suite) unchanged(t *testing.T) {
	t.Helper()
	r := s.wait(t, s.start(t, extract.February, "month_001"))
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
	for _, c := range publishCounts(r) {
		require.Zero(t, c.GetInserted()+c.GetUpdated()+c.GetDeleted(), "%v", c)
	}
}

// What `pg_dump -n public` holds is no backup: the snapshots' rows stand in sf_history.
func TestADumpOfPublicAloneHasNoSnapshotRows(t *testing.T) {
	s := setup(t)
	s.succeed(t, extract.January, "month_000")
	dir := t.TempDir()

	client(t, ground.Server, "pg_dump", "--schema=public", "--format=custom", "--file", filepath.Join(dir, "public.dump"), s.url)
	client(t, ground.Server, "pg_dump", "--format=custom", "--file", filepath.Join(dir, "all.dump"), s.url)

	public := client(t, ground.Server, "pg_restore", "--list", filepath.Join(dir, "public.dump"))
	all := client(t, ground.Server, "pg_restore", "--list", filepath.Join(dir, "all.dump"))
	require.Contains(t, public, "TABLE DATA public users ")
	require.NotContains(t, public, "TABLE DATA sf_history ")
	for _, schema := range []string{"public", "sf_history", "sf_ingest", "sf_quality", "sf_snapshot", "sf_orchestrator", "sf_platform"} {
		require.Contains(t, all, "TABLE DATA "+schema+" ")
	}
}
