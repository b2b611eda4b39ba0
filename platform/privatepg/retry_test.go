package privatepg

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// TestAnUnloggedTableThatNothingMarkedIsNoDeadEnd takes away the file by which recovery
// knows a table's rows for unlogged, as a crash amid CREATE does: recovery makes it anew,
// and then finds the rows in the place of those that it would make.
func TestAnUnloggedTableThatNothingMarkedIsNoDeadEnd(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	do(t, s, "create table kept as select 1 as n; checkpoint")
	do(t, s, "create unlogged table u as select n from generate_series(1, 1000) n")
	file := filepath.Join(s.layout.pgdata(), ask[string](t, s, "select pg_relation_filepath('u')"))
	require.NoError(t, s.Kill())
	require.NoError(t, os.Remove(file+"_init"))

	require.NoError(t, s.Restart(t.Context()))

	require.Equal(t, 1, ask[int](t, s, "select n from kept"))
	require.Zero(t, ask[int](t, s, "select count(*)::int from u"), "as after every crash")
	log, err := os.ReadFile(s.layout.log())
	require.NoError(t, err)
	require.Regexp(t, leftover, string(log), "the first try met what the test is about")
}

// TestAProgramKilledAgainAndAgain starts a folder anew at once after its program was
// killed, at any moment of its start.
func TestAProgramKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	for i := range 12 {
		cmd := programOf(t, dir)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		time.Sleep(time.Duration(i*37%400) * time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		said, err := io.ReadAll(out)
		require.NoError(t, err)
		_ = cmd.Wait() // killed, as it should be
		require.NotContains(t, string(said), "did not start", "start %d", i)
	}

	s := start(t, Options{Dir: dir})

	require.Equal(t, 1, ask[int](t, s, "select 1"))
}

func TestWhichStartsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		log   string
		tries int
	}{
		"another one's file":     {`FATAL:  lock file "postmaster.pid" already exists`, maxTries - 1},
		"another one's, empty":   {`FATAL:  lock file "postmaster.pid" is empty`, maxTries - 1},
		"left over":              {`FATAL:  could not create file "base/16386/24587": File exists`, maxTries - 1},
		"left over elsewhere":    {`FATAL:  could not create file "pg_tblspc/1/PG_15/5/6": File exists`, maxTries - 1},
		"a full disk":            {`FATAL:  could not create file "base/5/6": No space left on device`, 0},
		"a setting":              {`FATAL:  invalid value for parameter "work_mem": "a lot"`, 0},
		"the lock of its socket": {`FATAL:  lock file "/tmp/.s.PGSQL.5432.lock" already exists`, 0},
		"nothing":                {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := (&Server{layout: layout{t.TempDir()}, options: Options{Log: slog.New(slog.DiscardHandler)}}).retries()
			failed := &failedStart{log: c.log, cause: errors.New("it ended")}

			tries := 0
			err := r.prepare(t.Context(), failed)
			for ; err == nil && tries < 100; tries++ {
				err = r.prepare(t.Context(), failed)
			}

			require.Equal(t, c.tries, tries)
			require.True(t, problem.Is(err, problem.PostgresNotStarted), "%v", err)
			require.ErrorContains(t, err, strings.TrimSpace(c.log))
		})
	}
}

func TestAnotherTryEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := (&Server{layout: layout{t.TempDir()}, options: Options{Log: slog.New(slog.DiscardHandler)}}).retries()

	err := r.prepare(ctx, &failedStart{log: `lock file "postmaster.pid" already exists`})

	require.ErrorIs(t, err, context.Canceled)
}

func TestWhyAStartFailed(t *testing.T) {
	t.Parallel()
	for log, want := range map[string]string{
		"LOG:  redo starts\n2026 [7] FATAL:  lock file \"postmaster.pid\" is empty\n2026 [7] HINT:  Either\n": `lock file "postmaster.pid" is empty`,
		"FATAL:  one":               "one",
		"LOG:  first\nLOG:  last\n": "LOG:  last",
		"":                          "",
	} {
		require.Equal(t, want, why(log), log)
	}
}
