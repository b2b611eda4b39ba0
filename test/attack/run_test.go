package attack

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// run starts a run, and waits for its end.
func (s *suite) run(t *testing.T, req *orchestratorv1.StartRunRequest) *orchestratorv1.Run {
	t.Helper()
	started, err := s.client.StartRun(t.Context(), req)
	require.NoError(t, err)
	return s.wait(t, started.GetRun().GetId())
}

func (s *suite) wait(t *testing.T, id string) *orchestratorv1.Run {
	t.Helper()
	var last *orchestratorv1.Run
	require.Eventually(t, func() bool {
		r, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: id})
		last = r.GetRun()
		return err == nil && last.GetEndedAt() != nil
	}, 60*time.Second, 50*time.Millisecond)
	return last
}

// execute runs SQL over a connection of its own.
func execute(t *testing.T, url, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}
