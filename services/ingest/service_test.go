package ingest_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/ingest"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		cfg  ingest.Config
		want string
	}{
		{ingest.Config{}, ""},
		{ingest.Config{SourceRoots: []string{"/data"}, Workers: 4, KeepFailed: 3}, ""},
		{ingest.Config{SourceRoots: []string{"data"}}, `source root "data": want an absolute path`},
		{ingest.Config{Workers: -1}, "-1 stage workers: want 1 or more"},
		{ingest.Config{SourceTimeout: -time.Second}, "source timeout -1s: want more than nothing"},
		{ingest.Config{KeepFailed: -1}, "keep -1 failed batches: want 1 or more"},
	} {
		_, err := ingest.New(tc.cfg, daemon.Deps{Pool: &postgres.Pool{}})

		if tc.want == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, tc.want)
		}
	}
}

func TestTheDaemonSaysItsSettings(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer

	code := daemon.Command(context.Background(), ingest.Daemon(ingest.Config{}), []string{"serve", "-h"}, noEnv, &out)

	require.Zero(t, code)
	require.Contains(t, out.String(), "source-root")
	require.Contains(t, out.String(), "SF_SOURCE_ROOTS")
	require.Contains(t, out.String(), "127.0.0.1:7101")
}

func noEnv(string) (string, bool) { return "", false }

// What a user gave is taken as it is, or refused: it is no default because it is 0.
func TestASettingOfNothingIsNoDefault(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer

	code := daemon.Command(t.Context(), ingest.Daemon(ingest.Config{}),
		[]string{"serve", "--listen", "127.0.0.1:0", "--database-url", pgtest.New(t).URL("sf_ingest"), "--stage-workers", "0"}, func(string) (string, bool) { return "", false }, &said)

	require.Equal(t, 1, code)
	require.Contains(t, said.String(), "0 stage workers: want 1 or more")
}
