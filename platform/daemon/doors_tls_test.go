package daemon_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	peerdoor "github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

// TestHealthIsAskedOverTLS is what the probes of a pod do that speaks TLS.
func TestHealthIsAskedOverTLS(t *testing.T) {
	t.Parallel()
	ca, err := ownca.New()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"quality"}}))
	lis := listener(t)
	env := map[string]string{
		"SF_LISTEN": lis.Addr().String(), "SF_TLS_CERT_FILE": filepath.Join(dir, ownca.CertFile),
		"SF_TLS_KEY_FILE": filepath.Join(dir, ownca.KeyFile), "SF_TLS_CA_FILE": filepath.Join(dir, ownca.CAFile),
	}
	ask := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := daemon.Command(t.Context(), serving(&worker{}), append([]string{"health"}, args...), func(name string) (string, bool) { v, ok := env[name]; return v, ok }, &out)
		return code, out.String()
	}
	d := &door{}
	spec := serving(d)
	require.NoError(t, runs(t, spec, daemon.Config{
		Listener: lis, WatchEvery: 10 * time.Millisecond,
		Door: peerdoor.Config{TLS: tlsfiles.Files{Cert: env["SF_TLS_CERT_FILE"], Key: env["SF_TLS_KEY_FILE"], CA: env["SF_TLS_CA_FILE"]}},
	}))
	code, out := ask()
	require.Zero(t, code, out)

	d.away.Store(true)
	require.Eventually(t, func() bool { code, _ := ask(); return code == 1 }, time.Minute, 10*time.Millisecond)
	code, out = ask("--liveness")
	require.Zero(t, code, out)
}
