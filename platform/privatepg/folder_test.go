package privatepg

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfiguration(t *testing.T) {
	t.Parallel()
	l := layout{"/data/it's"}

	text, err := configuration(l, Options{Fast: true, Settings: map[string]string{"Work_Mem": "9MB", "my.name": `a'b\c`, "fsync": "on"}})

	require.NoError(t, err)
	require.Contains(t, text, "include = '/data/it''s/pgdata/postgresql.conf'\n")
	require.Contains(t, text, "\nwork_mem = '9MB'\n")
	require.Contains(t, text, "\nmy.name = 'a''b\\\\c'\n")
	require.Contains(t, text, "\nfsync = 'on'\n", "a setting of the caller's wins")
	require.Contains(t, text, "\nfull_page_writes = 'off'\n")
	require.NotContains(t, text, "synchronous_commit", "a crash of a fast server loses nothing that was committed")
	require.Less(t, strings.Index(text, "include"), strings.Index(text, "work_mem"))
}

func TestConfigurationRefusesWhatWouldBreakTheFile(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"work mem": "1", "": "1", "include 'x'\nfsync": "off", "work_mem": "1\nfsync = off"} {
		_, err := configuration(layout{"/data"}, Options{Settings: map[string]string{name: value}})
		require.ErrorContains(t, err, "expected a name of letters", name)
	}
}

func TestAFullLogIsPutAside(t *testing.T) {
	t.Parallel()
	l := layout{t.TempDir()}
	require.NoError(t, os.WriteFile(l.log(), make([]byte, maxLog+1), 0o600))
	require.NoError(t, os.WriteFile(l.log()+".1", []byte("older"), 0o600))

	f, begin, err := openLog(l)

	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Zero(t, begin)
	old, err := os.Stat(l.log() + ".1")
	require.NoError(t, err)
	require.EqualValues(t, maxLog+1, old.Size())
}

func TestALogGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	l := layout{t.TempDir()}
	require.NoError(t, os.WriteFile(l.log(), []byte("before\n"), 0o600))

	f, begin, err := openLog(l)
	require.NoError(t, err)
	_, err = f.WriteString("one\ntwo\nthree\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())

	require.Equal(t, "one\ntwo\nthree\n", logSince(l, begin))
	require.Equal(t, "two\nthree", lastLines(logSince(l, begin), 2))
	require.Equal(t, "one", lastLines("one", 2))
}

func TestWriteFileReplacesALinkAndDoesNotFollowIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, path := filepath.Join(dir, "target"), filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(target, []byte("precious"), 0o600))
	require.NoError(t, os.Symlink(target, path))

	require.NoError(t, writeFile(path, "new", 0o640, nil))

	kept, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, "precious", string(kept))
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), info.Mode())
}

func TestPortsLieBelowThoseOfOutgoingConnections(t *testing.T) {
	t.Parallel()
	for range 20 {
		port, err := freePort()
		require.NoError(t, err)
		require.GreaterOrEqual(t, port, firstPort)
		require.LessOrEqual(t, port, lastPort)
	}
}

func TestMakeFolders(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	deep := filepath.Join(dir, "a", "b", "c")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	require.NoError(t, os.Chmod(dir, 0o711))

	require.NoError(t, makeFolders(deep))
	require.NoError(t, makeFolders(deep), "what exists is left as it is")

	for path, want := range map[string]os.FileMode{dir: 0o711, filepath.Join(dir, "a"): 0o755, deep: 0o755} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, want, info.Mode().Perm(), path)
	}
	require.Error(t, makeFolders(filepath.Join(dir, "file", "below")))
}

func TestReadPidFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		want    pidFile
		err     error
	}{
		"ready":    {"123\n/data\n1700000000\n20001\n\n127.0.0.1\n  5 6\nready   \n", pidFile{123, true, false}, nil},
		"starting": {"123\n/data\n1700000000\n20001\n\n127.0.0.1\n  5 6\nstarting\n", pidFile{123, false, true}, nil},
		"early":    {"123\n/data\n", pidFile{123, false, true}, nil},
		"stopping": {"123\n/data\n1700000000\n20001\n\n127.0.0.1\n  5 6\nstopping\n", pidFile{123, false, false}, nil},
		"empty":    {"", pidFile{}, errUnreadablePidFile},
		"zeros":    {"\x00\x00", pidFile{}, errUnreadablePidFile},
		"a group":  {"-123\n", pidFile{}, errUnreadablePidFile},
		"init":     {"1\n", pidFile{}, errUnreadablePidFile},
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(pidPath(dir), []byte(c.content), 0o600))

		got, err := readPidFile(dir)

		require.ErrorIs(t, err, c.err, name)
		require.Equal(t, c.want, got, name)
	}
	_, err := readPidFile(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestChoosePort(t *testing.T) {
	t.Parallel()
	l := layout{t.TempDir()}
	free, err := freePort()
	require.NoError(t, err)

	for content, keeps := range map[string]bool{strconv.Itoa(free) + "\n": true, "": false, "no port": false, "-5": false, "70000": false} {
		require.NoError(t, os.WriteFile(l.port(), []byte(content), 0o600))
		port, err := choosePort(l)
		require.NoError(t, err, content)
		require.True(t, portFree(port), content)
		require.Equal(t, keeps, port == free, content)
	}
}
