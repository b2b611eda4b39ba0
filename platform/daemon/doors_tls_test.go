package daemon_test

import (
	"bytes"
	"log/slog"
	"os"
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
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"door"}}))
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

	code, out = ask("--files")
	require.Zero(t, code, out)
	require.NoError(t, os.Rename(env["SF_TLS_KEY_FILE"], env["SF_TLS_KEY_FILE"]+".away"))
	require.Eventually(t, func() bool { code, _ := ask("--files"); return code == 1 }, time.Minute, 10*time.Millisecond, "a file that is gone")
	code, out = ask()
	require.Zero(t, code, "with what was read before it is of use: %s", out)
	require.NoError(t, os.Rename(env["SF_TLS_KEY_FILE"]+".away", env["SF_TLS_KEY_FILE"]))
	require.Eventually(t, func() bool { code, _ := ask("--files"); return code == 0 }, time.Minute, 10*time.Millisecond)
	code, out = ask("--files", "--liveness")
	require.Equal(t, 2, code, out)

	d.away.Store(true)
	require.Eventually(t, func() bool { code, _ := ask(); return code == 1 }, time.Minute, 10*time.Millisecond)
	code, out = ask("--liveness")
	require.Zero(t, code, out)
}

// TestACertificateThatOthersWouldRefuseEndsTheStart finds it before the first call does.
func TestACertificateThatOthersWouldRefuseEndsTheStart(t *testing.T) {
	t.Parallel()
	ca, err := ownca.New()
	require.NoError(t, err)
	stranger, err := ownca.New()
	require.NoError(t, err)
	files := func(ca *ownca.CA, names ...string) tlsfiles.Files {
		dir := t.TempDir()
		require.NoError(t, ca.Issue(dir, ownca.Request{Names: names}))
		return tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile), CA: filepath.Join(dir, ownca.CAFile)}
	}
	foreign := files(stranger, "door")
	foreign.CA = files(ca, "door").CA
	for name, c := range map[string]struct {
		files tlsfiles.Files
		want  string
	}{
		"of another service":   {files(ca, "quality", "127.0.0.1"), "expected one that holds the name door, found quality, 127.0.0.1"},
		"of all below it":      {files(ca, "*.door"), "expected one that holds the name door, found *.door"},
		"of an address alone":  {files(ca, "127.0.0.1"), "expected one that holds the name door, found 127.0.0.1"},
		"of another authority": {foreign, "expected one of the CA in " + foreign.CA + ", found one of \"CN=StreamFlow on the spot\""},
	} {
		err := runs(t, serving(&worker{}), daemon.Config{Listener: listener(t), Door: peerdoor.Config{TLS: c.files}})
		require.ErrorContains(t, err, "door: certificate "+c.files.Cert, name)
		require.ErrorContains(t, err, c.want, name)
	}
	alone := files(ca, "streamflow.example")
	alone.CA = ""
	require.NoError(t, runs(t, serving(&worker{}), daemon.Config{Listener: listener(t), Door: peerdoor.Config{TLS: alone}}),
		"where nobody is asked for one, its names are for whoever calls to judge")
}

func TestTokensInTheOpenAreToldOfAtEveryStart(t *testing.T) {
	t.Parallel()
	ca, err := ownca.New()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"streamflow.example"}}))
	front := peerdoor.Config{Front: tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile)}}
	for name, c := range map[string]struct {
		change func(*daemon.Spec, *daemon.Config)
		says   int
	}{
		"to other machines": {func(*daemon.Spec, *daemon.Config) {}, 1},
		"on loopback":       {func(_ *daemon.Spec, c *daemon.Config) { c.Listener = listener(t) }, 0},
		"over TLS":          {func(_ *daemon.Spec, c *daemon.Config) { c.Door = front }, 0},
		"without tokens":    {func(_ *daemon.Spec, c *daemon.Config) { c.Auth = daemon.AuthNone }, 0},
		"of a host's":       {func(_ *daemon.Spec, c *daemon.Config) { c.Host = "sfctl dev" }, 0},
		"of a service":      {func(s *daemon.Spec, c *daemon.Config) { s.ForClients, c.Door.Secret = false, peerSecret }, 0},
	} {
		var log heard
		spec, cfg := serving(&worker{}), daemon.Config{Listener: reached{listener(t)}, Log: slog.New(slog.NewTextHandler(&log, nil))}
		spec.ForClients = true
		c.change(&spec, &cfg)
		require.NoError(t, runs(t, spec, cfg), name)
		require.Equal(t, c.says, log.count("tokens are sent in the open"), name)
	}
}
