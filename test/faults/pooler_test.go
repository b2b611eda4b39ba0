package faults

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest/pooler"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// The whole suite behind a real PgBouncer in transaction mode ends where it ends
// without: nothing is set for it, and each service says once what it found.
func TestThroughAPoolerTheOutcomeIsTheSame(t *testing.T) {
	p := pooler.Start(t, ground.Server.URL(""))
	direct := setup(t)
	direct.succeed(t, extract.January, "month_000")
	direct.succeed(t, extract.February, "month_001")

	s := setupWith(t, func(cfg *cluster.Config) { cfg.Through = p.URL })
	s.succeed(t, extract.January, "month_000")
	require.NoError(t, s.Kill(t.Context(), cluster.Ingest))
	require.NoError(t, s.Restart(cluster.Ingest))
	s.succeed(t, extract.February, "month_001")

	require.Equal(t, direct.state(t), s.state(t))
	for _, name := range []string{cluster.Quality, cluster.Snapshot, cluster.Orchestrator} {
		require.Equal(t, 1, strings.Count(s.log(t, name), "connections go through a pooler"), name)
	}
	require.Equal(t, 1, strings.Count(s.log(t, cluster.Orchestrator), "behind a pooler nothing is heard"))
	require.NotContains(t, s.log(t, cluster.Orchestrator), "not listening")
}

// An address of the server itself, to listen with, is heard at once.
func TestListeningBesideAPooler(t *testing.T) {
	p := pooler.Start(t, ground.Server.URL(""))
	s := setupWith(t, func(cfg *cluster.Config) {
		cfg.Through = p.URL
		cfg.Env[cluster.Orchestrator] = append(cfg.Env[cluster.Orchestrator], "SF_LISTEN_DATABASE_URL="+cfg.URL(cluster.Orchestrator))
	})

	s.succeed(t, extract.January, "month_000")

	require.NotContains(t, s.log(t, cluster.Orchestrator), "nothing is heard")
}
