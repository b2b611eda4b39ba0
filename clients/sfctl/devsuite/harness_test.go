package devsuite_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/dataset/sample"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// childDir is the variable that makes the test binary a suite on that folder, for the
// test to kill.
const childDir = "SF_DEVSUITE_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

// child runs a suite, says where it is, and waits to be killed.
func child(dir string) int {
	s, err := devsuite.Start(context.Background(), config(dir))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.GRPCAddr())
	if err := s.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

// lease is short, so that a run whose worker was killed is soon taken over.
const lease = 2 * time.Second

func config(dir string) devsuite.Config {
	return devsuite.Config{
		DataDir: dir, SourceRoots: []string{"/"}, Auth: devsuite.AuthNone, GRPCListen: "127.0.0.1:0", HTTPListen: "127.0.0.1:0",
		Lease: lease, Heartbeat: lease / 5, Fast: true,
	}
}

// folder makes a folder that PostgreSQL's own user may enter, which those of
// testing.T are not.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sf-devsuite-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

func start(t *testing.T, cfg devsuite.Config) *devsuite.Suite {
	t.Helper()
	s, err := devsuite.Start(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func client(t *testing.T, address string) orchestratorv1.OrchestratorServiceClient {
	t.Helper()
	conn, err := grpcserver.Dial(address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return orchestratorv1.NewOrchestratorServiceClient(conn)
}

// month writes the first month of so many users and returns its folder.
func month(t *testing.T, users int) string {
	t.Helper()
	m, err := sample.WriteMonth(t.TempDir(), sample.Options{Months: 1, Users: users}, 0)
	require.NoError(t, err)
	return m.Dir
}

func startRun(t *testing.T, c orchestratorv1.OrchestratorServiceClient, source string) string {
	t.Helper()
	resp, err := c.StartRun(context.Background(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: "2024-01-31", Source: source, RequestedBy: "test",
	})
	require.NoError(t, err)
	return resp.GetRun().GetId()
}

// ended waits for the end of a run and returns it.
func ended(t *testing.T, c orchestratorv1.OrchestratorServiceClient, run string) *orchestratorv1.Run {
	t.Helper()
	var last *orchestratorv1.Run
	require.Eventually(t, func() bool {
		resp, err := c.GetRun(context.Background(), &orchestratorv1.GetRunRequest{Run: run})
		require.True(t, err == nil || problem.Transient(err), err)
		last = resp.GetRun()
		return last.GetEndedAt() != nil
	}, 60*time.Second, 20*time.Millisecond)
	return last
}

// count answers a query for one number, as the owner.
func count(t *testing.T, s *devsuite.Suite, query string) int {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.OwnerURL())
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var n int
	require.NoError(t, conn.QueryRow(context.Background(), query).Scan(&n), query)
	return n
}
