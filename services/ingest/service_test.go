package ingest_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
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
		{ingest.Config{KeepFailed: -1}, "keep -1 failed batches: want 1 or more"},
	} {
		_, err := ingest.New(tc.cfg, daemon.Deps{})

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
