package privatepg

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

func TestAStartThatFailsQuotesTheLog(t *testing.T) {
	t.Parallel()
	dir := folder(t)

	_, err := Start(t.Context(), Options{Dir: dir, Fast: true, Settings: map[string]string{"work_mem": "a lot"}})

	require.ErrorContains(t, err, "PostgreSQL did not start")
	require.ErrorContains(t, err, `invalid value for parameter "work_mem": "a lot"`)
	require.True(t, problem.Is(err, problem.PostgresNotStarted))
	s := start(t, Options{Dir: dir}) // and the folder is free, its cluster whole
	require.Equal(t, 1, ask[int](t, s, "SELECT 1"))
}

func TestStartTakesAnotherPortWhereTheLastIsTaken(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	last := s.Port()
	require.NoError(t, s.Stop(t.Context()))
	ln, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(last)))
	require.NoError(t, err)
	defer func() { _ = ln.Close() }()

	again := start(t, Options{Dir: s.layout.dir})

	require.NotEqual(t, last, again.Port())
	require.Equal(t, 1, ask[int](t, again, "SELECT 1"))
	require.NoError(t, again.Stop(t.Context()))
	third := start(t, Options{Dir: s.layout.dir})
	require.Equal(t, again.Port(), third.Port(), "the new port is remembered")
	require.NoError(t, third.Stop(t.Context()))
	require.ErrorContains(t, s.Restart(t.Context()), "Address already in use", "Restart keeps the port, or says why not")
}

func TestStartClearsWhatACutInitdbLeft(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "pgdata.new", "base"), 0o700))

	s := start(t, Options{Dir: filepath.Join(dir, ".", "sub", "..")})

	require.Equal(t, 1, ask[int](t, s, "SELECT 1"))
	require.NoDirExists(t, filepath.Join(dir, "pgdata.new"))
}

func TestStartFollowsLinksAndMakesFolders(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "disk"), 0o755))
	require.NoError(t, os.Symlink("disk", filepath.Join(dir, "link")))

	s := start(t, Options{Dir: filepath.Join(dir, "link", "a b", "it's")})

	require.FileExists(t, filepath.Join(dir, "disk", "a b", "it's", "pgdata", "PG_VERSION"))
	require.Equal(t, filepath.Join(dir, "disk", "a b", "it's", "pgdata"), ask[string](t, s, "SHOW data_directory"))
}

func TestStartWithoutThePasswordSaysSo(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, os.Remove(s.layout.password()))

	_, err := Start(t.Context(), Options{Dir: s.layout.dir, Fast: true})

	require.ErrorContains(t, err, s.layout.password()+" that held it is gone")
}

func TestStartIsBoundByItsContext(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]time.Duration{"before it began": 0, "amid initdb": 150 * time.Millisecond} {
		dir := folder(t)
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()

		_, err := Start(ctx, Options{Dir: dir, Fast: true})

		require.ErrorIs(t, err, context.DeadlineExceeded, name)
		require.NoDirExists(t, filepath.Join(dir, "pgdata"), name)
	}
}

func TestStartWantsAFolder(t *testing.T) {
	t.Parallel()

	_, err := Start(t.Context(), Options{})

	require.ErrorContains(t, err, "no data folder given")
}

func TestStopThatMayNotWaitStopsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	do(t, s, "CREATE TABLE kept AS SELECT 1 AS n")
	over, cancel := context.WithCancel(t.Context())
	cancel()

	err := s.Stop(over)

	require.ErrorContains(t, err, "recovers at its next start")
	require.False(t, alive(s.Pid()))
	require.NoError(t, s.Restart(t.Context()))
	require.Equal(t, 1, ask[int](t, s, "SELECT n FROM kept"))
}
