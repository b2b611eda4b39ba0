package daemon_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	peerdoor "github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/platform/tlsfiles"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

const peerSecret = "0123456789abcdef0123456789abcdef"

// reached is a listener that says it is reached by others, and is not.
type reached struct{ net.Listener }

func (r reached) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 7102} }

func listener(t *testing.T) net.Listener {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return lis
}

// runs starts a service and returns once it is ready; the error where it never was.
func runs(t *testing.T, spec daemon.Spec, cfg daemon.Config) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error, 1)
	cfg.Ready = func() { close(ready) }
	if cfg.Log == nil {
		cfg.Log = telemetry.Discard()
	}
	go func() { ended <- daemon.Run(ctx, spec, cfg) }()
	select {
	case err := <-ended:
		stop()
		return err
	case <-ready:
		t.Cleanup(func() { stop(); require.NoError(t, <-ended) })
		return nil
	}
}

func TestAServiceThatOthersReachAsksWhoCalls(t *testing.T) {
	t.Parallel()
	quality := func() daemon.Spec {
		s := serving(&worker{})
		s.Name = "quality"
		return s
	}
	ca, err := ownca.New()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"quality"}}))
	files := tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile)}
	mutual := files
	mutual.CA = filepath.Join(dir, ownca.CAFile)

	for name, cfg := range map[string]daemon.Config{
		"nothing": {}, "TLS that asks nobody": {Door: peerdoor.Config{TLS: files}},
	} {
		cfg.Listener = reached{listener(t)}
		err := runs(t, quality(), cfg)
		require.ErrorContains(t, err, "quality: expected a peer secret or TLS where others than this machine are answered, as on 0.0.0.0:7102", name)
		require.ErrorContains(t, err, "SF_PEER_SECRET_FILE", name)
		require.ErrorContains(t, err, "SF_AUTH=none", name)
	}
	for name, cfg := range map[string]daemon.Config{
		"a secret": {Door: peerdoor.Config{Secret: peerSecret}}, "mutual TLS": {Door: peerdoor.Config{TLS: mutual}}, "said so": {Auth: daemon.AuthNone},
	} {
		cfg.Listener = reached{listener(t)}
		require.NoError(t, runs(t, quality(), cfg), name)
	}
	require.NoError(t, runs(t, quality(), daemon.Config{Listener: listener(t)}), "on loopback it goes on as ever")
	clients := quality()
	clients.ForClients = true
	require.NoError(t, runs(t, clients, daemon.Config{Listener: reached{listener(t)}}), "who is for clients asks them in ways of its own")
}

// heard is a log that is written and read at once.
type heard struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.Write(p)
}

func (h *heard) count(text string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Count(h.all.String(), text)
}

func TestAnOpenDoorIsRepeatedInTheLog(t *testing.T) {
	t.Parallel()
	var log heard
	require.NoError(t, runs(t, serving(&worker{}), daemon.Config{
		Listener: reached{listener(t)}, Auth: daemon.AuthNone, RemindEvery: time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}))
	require.Eventually(t, func() bool { return log.count("SF_AUTH=none: whoever reaches this service is let in") > 2 }, time.Minute, time.Millisecond)
}

func TestAPeerSecretHasNoFlagAndIsNotPrinted(t *testing.T) {
	t.Parallel()
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"SF_PEER_SECRET": peerSecret + "," + peerSecret, "SF_AUTH": "off"}[name]
		return v, ok
	}
	var out bytes.Buffer
	require.Equal(t, 0, daemon.Command(t.Context(), serving(&worker{}), []string{"serve", "-h"}, env, &out))
	require.NotContains(t, out.String(), peerSecret)
	require.NotRegexp(t, `(?m)^\s*-peer-secret string`, out.String())
	out.Reset()
	require.Equal(t, 2, daemon.Command(t.Context(), serving(&worker{}), []string{"serve"}, env, &out))
	require.Contains(t, out.String(), `auth: expected tokens or none, found "off"`)
	out.Reset()
	short := func(name string) (string, bool) { return "changeme", name == "SF_PEER_SECRET" }
	require.Equal(t, 1, daemon.Command(t.Context(), serving(&worker{}), []string{"serve"}, short, &out))
	require.Contains(t, out.String(), "the peer secret: secret 1: expected at least 32 characters, found 8")
	require.NotContains(t, out.String(), "changeme")
}

func TestAServiceAsksWhatItIsToldTo(t *testing.T) {
	t.Parallel()
	lis := listener(t)
	w := &worker{}
	spec := serving(w)
	spec.Name = "quality"
	require.NoError(t, runs(t, spec, daemon.Config{Listener: lis, Door: peerdoor.Config{Secret: peerSecret}}))
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = qualityv1.NewQualityServiceClient(conn).ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: "shop"})
	require.True(t, problem.Is(err, problem.PeerUnknown), "%v", err)
}
