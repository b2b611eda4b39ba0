package orchestrator_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/pgtest"
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
