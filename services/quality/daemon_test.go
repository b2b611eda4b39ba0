package quality_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/services/quality"
)

func TestTheDaemonBecomesReadyAndStops(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	log := &bytes.Buffer{}
	spec := quality.Daemon(quality.Config{})
	env := func(name string) (string, bool) {
		v, ok := map[string]string{
			"SF_DATABASE_URL": db.URL("sf_quality"), "SF_LISTEN": "127.0.0.1:0", "SF_STATEMENT_TIMEOUT": "3s",
		}[name]
		return v, ok
	}
	ready := readyWriter{log: log, ready: stop}

	code := daemon.Command(ctx, spec, []string{"serve", "--tables-at-once", "1"}, env, &ready)

	require.Zero(t, code, log.String())
	require.Contains(t, log.String(), `"msg":"stopped"`)
}

// readyWriter stops a daemon once it has said that it is ready.
type readyWriter struct {
	log   *bytes.Buffer
	ready func()
}

func (w *readyWriter) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(`"msg":"ready"`)) {
		w.ready()
	}
	return w.log.Write(p)
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]quality.Config{
		"no time at all":  {StatementTimeout: time.Microsecond},
		"negative":        {StatementTimeout: -time.Second},
		"no tables":       {TablesAtOnce: -1},
		"both, and wrong": {StatementTimeout: -1, TablesAtOnce: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := quality.New(cfg, daemon.Deps{})

			require.ErrorContains(t, err, "want at least 1")
		})
	}
}

// What a user gave is taken as it is, or refused: it is no default because it is 0.
func TestASettingOfNothingIsNoDefault(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer

	code := daemon.Command(t.Context(), quality.Daemon(quality.Config{}),
		[]string{"serve", "--listen", "127.0.0.1:0", "--database-url", pgtest.New(t).URL("sf_quality"), "--tables-at-once", "0"}, func(string) (string, bool) { return "", false }, &said)

	require.Equal(t, 1, code)
	require.Contains(t, said.String(), "tables at once: want at least 1")
}
