package orchestrator_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/services/orchestrator"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := db.Pool(t, "sf_orchestrator")
	for name, tc := range map[string]struct {
		cfg  orchestrator.Config
		says string
	}{
		"workers":   {orchestrator.Config{Workers: -1}, "workers"},
		"heartbeat": {orchestrator.Config{Heartbeat: -time.Second}, "heartbeat"},
		"lease":     {orchestrator.Config{Lease: 5 * time.Second, Heartbeat: 2 * time.Second}, "lease"},
		"retry for": {orchestrator.Config{RetryFor: -time.Second}, "retry-for"},
		"address":   {orchestrator.Config{IngestAddr: "\x7f"}, "address"},
	} {
		_, err := orchestrator.New(tc.cfg, daemon.Deps{Pool: pool})
		require.ErrorContains(t, err, tc.says, name)
	}
	_, err := orchestrator.New(orchestrator.Config{}, daemon.Deps{})
	require.ErrorContains(t, err, "pool")
}

// What a user gave is taken as it is, or refused: it is no default because it is 0.
func TestASettingOfNothingIsNoDefault(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for name, tc := range map[string]struct {
		env  map[string]string
		args []string
		says string
	}{
		"workers":   {map[string]string{"SF_WORKERS": "0"}, nil, "workers: expected at least 1, found 0"},
		"heartbeat": {nil, []string{"--heartbeat", "0"}, "heartbeat: expected a time above 0, found 0s"},
		"lease":     {nil, []string{"--lease", "0s"}, "lease: expected at least three heartbeats"},
		"address":   {nil, []string{"--ingest-addr", ""}, "ingest-addr: expected the address of the service, found none"},
	} {
		env := func(name string) (string, bool) {
			v, ok := map[string]string{"SF_DATABASE_URL": db.URL("sf_orchestrator"), "SF_LISTEN": "127.0.0.1:0"}[name]
			if given, also := tc.env[name]; also {
				return given, true
			}
			return v, ok
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		var said bytes.Buffer
		code := daemon.Command(ctx, orchestrator.Daemon(orchestrator.Config{}), tc.args, env, &said)
		cancel()
		require.Equal(t, 1, code, name)
		require.Contains(t, said.String(), tc.says, name)
	}
}

func TestRetryForNothingTriesOnce(t *testing.T) {
	t.Parallel()
	s := idle(t)
	cfg := quick()
	cfg.IngestAddr, cfg.QualityAddr, cfg.SnapshotAddr = s.addr, s.addr, s.addr
	spec := orchestrator.Daemon(cfg)
	settings := config.New("orchestratord", new(bytes.Buffer), func(string) (string, bool) { return "", false })
	spec.Settings(settings)
	_, err := settings.Parse([]string{"--retry-for", "0"})
	require.NoError(t, err)
	pool, err := postgres.Open(postgres.PoolConfig{URL: s.db.URL("sf_orchestrator"), Application: "test"})
	require.NoError(t, err)
	svc, err := spec.New(daemon.Deps{Pool: pool, Log: telemetry.Discard()})
	require.NoError(t, err)
	s.client = working(t, svc, pool).client
	s.apply(t, dataset("shop"))
	s.on("Stage", failing(1, away()))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Len(t, s.made("Stage"), 1)
}

func TestTheDaemonServesAndListsItsSettings(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"SF_DATABASE_URL": db.URL("sf_orchestrator"), "SF_LISTEN": "127.0.0.1:0"}[name]
		return v, ok
	}
	var help bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()

	helped := daemon.Command(t.Context(), orchestrator.Daemon(orchestrator.Config{}), []string{"serve", "-h"}, env, &help)
	served := daemon.Command(ctx, orchestrator.Daemon(orchestrator.Config{}), nil, env, new(bytes.Buffer))
	wrong := daemon.Command(t.Context(), orchestrator.Daemon(orchestrator.Config{}), []string{"--lease", "1s"}, env, new(bytes.Buffer))

	require.Zero(t, helped)
	for _, name := range []string{
		"SF_INGEST_ADDR", "SF_QUALITY_ADDR", "SF_SNAPSHOT_ADDR", "SF_WORKERS", "SF_LEASE", "SF_HEARTBEAT", "SF_RETRY_FOR",
	} {
		require.Contains(t, help.String(), name)
	}
	require.Zero(t, served)
	require.Equal(t, 1, wrong)
}
