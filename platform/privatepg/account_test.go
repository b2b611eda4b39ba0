package privatepg

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhoRunsTheServer(t *testing.T) {
	t.Parallel()
	alice := &account{name: "alice", uid: 1000, gid: 1000}
	root := &account{name: "root"}

	for name, c := range map[string]struct {
		uid     int
		owner   *account
		want    account
		problem string
	}{
		"a user, a new cluster":          {uid: 1000, want: account{name: "1000", uid: 1000, gid: 7}},
		"a user, their own cluster":      {uid: 1000, owner: alice, want: account{name: "1000", uid: 1000, gid: 7}},
		"a user, another's cluster":      {uid: 1001, owner: alice, problem: "belongs to the user alice"},
		"a user, root's cluster":         {uid: 1001, owner: root, problem: "belongs to the user root"},
		"root, a user's cluster":         {uid: 0, owner: alice, want: account{name: "alice", uid: 1000, gid: 1000, switched: true}},
		"root, a cluster that root owns": {uid: 0, owner: root, problem: "does not run as root"},
	} {
		got, err := settle(c.uid, 7, "/data/pgdata", c.owner)
		if c.problem != "" {
			require.ErrorContains(t, err, c.problem, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, c.want, *got, name)
	}
}

func TestRootFindsAnUnprivilegedUserForANewCluster(t *testing.T) {
	t.Parallel()

	a, err := settle(0, 0, "/data/pgdata", nil)

	require.NoError(t, err)
	require.NotZero(t, a.uid)
	require.True(t, a.switched)
	require.Contains(t, unprivileged, a.name)
}

func TestIdentifier(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]uint32{"0": 0, "104": 104, "4294967294": 4294967294, "-2": 4294967294} {
		got, err := identifier(in)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := identifier("S-1-5")
	require.Error(t, err)
}

func TestReach(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	open, closed := filepath.Join(dir, "open"), filepath.Join(dir, "closed")
	require.NoError(t, os.MkdirAll(filepath.Join(open, "deep"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(closed, "deep"), 0o755))
	require.NoError(t, os.Chmod(closed, 0o700))
	require.NoError(t, os.Symlink(filepath.Join(closed, "deep"), filepath.Join(open, "link")))
	stranger := &account{name: "stranger", uid: 54321, gid: 54321, switched: true}

	require.NoError(t, stranger.reach(filepath.Join(open, "deep")))
	require.NoError(t, stranger.reach(filepath.Join(open, "deep", "not", "there", "yet")))
	for _, path := range []string{closed, filepath.Join(closed, "deep"), filepath.Join(closed, "new", "er"), filepath.Join(open, "link")} {
		err := stranger.reach(path)
		require.ErrorContains(t, err, "the folder "+closed+" does not let other users pass", path)
		require.ErrorContains(t, err, "--data /var/lib/streamflow", path)
	}
	require.NoError(t, (&account{uid: 54321}).reach(closed), "who does not switch users is not checked: the system does that")
}

func TestReachReadsTheBitThatCounts(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	uid, gid := uint32(os.Geteuid()), uint32(os.Getegid())

	for _, c := range []struct {
		mode     os.FileMode
		uid, gid uint32
		want     bool
	}{
		{0o700, uid, gid, true}, {0o077, uid, gid, false}, {0o070, uid + 1, gid, true},
		{0o707, uid + 1, gid, false}, {0o001, uid + 1, gid + 1, true}, {0o776, uid + 1, gid + 1, false},
	} {
		require.NoError(t, os.Chmod(dir, c.mode))
		info, err := os.Stat(dir)
		require.NoError(t, err)
		a := account{uid: c.uid, gid: c.gid}
		require.Equal(t, c.want, a.mayEnter(info), "%o as %d:%d", c.mode, c.uid, c.gid)
	}
	require.NoError(t, os.Chmod(dir, 0o755))
}

func TestStartInAFolderThatOthersMayNotEnter(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	require.NoError(t, os.Chmod(dir, 0o700))

	s, err := Start(t.Context(), Options{Dir: filepath.Join(dir, "data"), Fast: true})

	if os.Geteuid() == 0 { // the server runs as another user, whom the folder keeps out
		require.ErrorContains(t, err, "the folder "+dir+" does not let other users pass")
		require.NoDirExists(t, filepath.Join(dir, "data"))
		return
	}
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
}

func TestCommandsHearNoneOfTheUsersPostgresVariables(t *testing.T) {
	t.Setenv("PGPORT", "1")
	t.Setenv("PGDATA", "/elsewhere")
	a, err := chooseAccount("/does/not/exist")
	require.NoError(t, err)

	out, err := run(t.Context(), a, "/", "/usr/bin/env")

	require.NoError(t, err)
	require.NotContains(t, out, "PGPORT")
	require.NotContains(t, out, "PGDATA")
	require.Contains(t, out, "LC_ALL=C\n")
}
