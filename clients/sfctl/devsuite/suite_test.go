package devsuite_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/privatepg"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestASecondStartGoesOnWithTheSameData(t *testing.T) {
	t.Parallel()
	dir, source := folder(t), month(t, 500)
	first := start(t, config(dir))
	requireReady(t, first)
	requireSecrets(t, dir)
	c := client(t, first.GRPCAddr())
	have, err := c.GetDataset(context.Background(), &orchestratorv1.GetDatasetRequest{Dataset: builtin.Name})
	require.NoError(t, err)
	require.Equal(t, dataset.Hash(builtin.Streamflow()), have.GetVersion().GetVersion())
	changed := builtin.Streamflow()
	changed.Description = "ours"
	_, err = c.ApplyDataset(context.Background(), &orchestratorv1.ApplyDatasetRequest{Dataset: changed, RequestedBy: "test"})
	require.NoError(t, err)
	run := ended(t, c, startRun(t, c, source))
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, run.GetState(), run.GetMessage())
	require.Equal(t, 500, count(t, first, "select count(*) from users"))
	require.Equal(t, 500, count(t, first, "select count(*) from labels_snapshots where as_of = date '2024-01-31'"))
	require.NoError(t, first.Stop(context.Background()))
	require.NoError(t, first.Wait())
	require.NoError(t, first.Stop(context.Background()), "stopping twice is no error")

	second := start(t, config(dir))
	c = client(t, second.GRPCAddr())
	list, err := c.ListRuns(context.Background(), &orchestratorv1.ListRunsRequest{})
	require.NoError(t, err)
	again := ended(t, c, startRun(t, c, source))

	require.Len(t, list.GetRuns(), 1)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, again.GetState(), again.GetMessage())
	require.True(t, again.GetUnchanged(), "the files are those of the first start's run")
	require.Equal(t, 500, count(t, second, "select count(*) from users"))
	have, err = c.GetDataset(context.Background(), &orchestratorv1.GetDatasetRequest{Dataset: builtin.Name})
	require.NoError(t, err)
	require.Equal(t, "ours", have.GetVersion().GetDataset().GetDescription(), "what the user registered is left alone")
}

// requireReady checks that every service answers that it is ready.
func requireReady(t *testing.T, s *devsuite.Suite) {
	t.Helper()
	for _, service := range []string{"ingest", "quality", "snapshot", "orchestrator", "gateway"} {
		dial := s.Dial
		if service == "gateway" {
			dial = func(string) (*grpc.ClientConn, error) { return grpcserver.Dial(s.GRPCAddr()) }
		}
		conn, err := dial(service)
		require.NoError(t, err)
		health, err := healthv1.NewHealthClient(conn).Check(context.Background(), &healthv1.HealthCheckRequest{})
		require.NoError(t, err, service)
		require.Equal(t, healthv1.HealthCheckResponse_SERVING, health.GetStatus(), service)
		require.NoError(t, conn.Close())
	}
	resp, err := http.Get("http://" + s.HTTPAddr() + "/readyz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

// requireSecrets checks that only the user may read what is secret in the folder.
func requireSecrets(t *testing.T, dir string) {
	t.Helper()
	for _, secret := range []string{filepath.Join(dir, "passwords.json"), devsuite.Pgpass(dir)} {
		info, err := os.Stat(secret)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), secret)
	}
}

func TestAFailedStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	for _, cfg := range []devsuite.Config{
		{GRPCListen: taken.Addr().String(), HTTPListen: "127.0.0.1:0"},
		{GRPCListen: "127.0.0.1:0", HTTPListen: taken.Addr().String()},
	} {
		cfg.DataDir, cfg.Fast = dir, true

		_, err := devsuite.Start(context.Background(), cfg)

		require.ErrorIs(t, err, syscall.EADDRINUSE)
	}
	server, err := privatepg.Start(context.Background(), privatepg.Options{Dir: filepath.Join(dir, "postgres"), Fast: true})
	require.NoError(t, err, "which it could not where the first one still ran")
	require.NoError(t, server.Stop(context.Background()))
}

func TestAStartMayBeGivenUp(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(context.Background())
	cancel()

	_, err := devsuite.Start(over, config(folder(t)))

	require.ErrorIs(t, err, context.Canceled)
}

func TestAnExistingDatabase(t *testing.T) {
	t.Parallel()
	server, err := privatepg.Start(context.Background(), privatepg.Options{Dir: folder(t), Fast: true})
	require.NoError(t, err)
	defer func() { _ = server.Stop(context.Background()) }()
	admin, err := pgx.Connect(context.Background(), server.URL(""))
	require.NoError(t, err)
	_, err = admin.Exec(context.Background(), "create database warehouse")
	require.NoError(t, err)
	require.NoError(t, admin.Close(context.Background()))
	cfg := config("")
	cfg.DatabaseURL, cfg.DataSchemas = server.URL("warehouse"), []string{"public", "marts"}

	starting, cancel := context.WithCancel(context.Background())
	s, err := devsuite.Start(starting, cfg)
	require.NoError(t, err)
	cancel() // the context bounds the start only
	c := client(t, s.GRPCAddr())
	run := ended(t, c, startRun(t, c, month(t, 50)))

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, run.GetState(), run.GetMessage())
	require.Equal(t, 50, count(t, s, "select count(*) from users"))
	require.Equal(t, 4, count(t, s, `select count(*) from unnest(array['public', 'marts']) as schema, unnest(array['sf_ingest', 'sf_snapshot']) as role
		where has_schema_privilege(role, schema, 'create')`))
	require.Equal(t, 2, count(t, s, `select count(*) from unnest(array['public', 'marts']) as schema where has_schema_privilege('sf_reader', schema, 'usage')`))
	require.Nil(t, s.Postgres())
	require.NoError(t, s.Stop(context.Background()))
	_, err = pgx.Connect(context.Background(), server.URL("warehouse"))
	require.NoError(t, err, "a server that is not ours goes on")
}

// A database of the user's own may have tables of the built-in dataset's names: the
// suite is there for their datasets all the same.
func TestADatabaseWhoseTablesAreInTheBuiltInDatasetsWay(t *testing.T) {
	t.Parallel()
	server, err := privatepg.Start(context.Background(), privatepg.Options{Dir: folder(t), Fast: true})
	require.NoError(t, err)
	defer func() { _ = server.Stop(context.Background()) }()
	admin, err := pgx.Connect(context.Background(), server.URL(""))
	require.NoError(t, err)
	defer func() { _ = admin.Close(context.Background()) }()
	_, err = admin.Exec(context.Background(), "create database warehouse")
	require.NoError(t, err)
	person, err := pgx.Connect(context.Background(), server.URL("warehouse"))
	require.NoError(t, err)
	_, err = person.Exec(context.Background(), "create table users (id int primary key, name text)")
	require.NoError(t, err)
	require.NoError(t, person.Close(context.Background()))
	cfg := config("")
	cfg.DatabaseURL = server.URL("warehouse")

	s, err := devsuite.Start(context.Background(), cfg)

	require.NoError(t, err)
	_, err = client(t, s.GRPCAddr()).GetDataset(context.Background(), &orchestratorv1.GetDatasetRequest{Dataset: builtin.Name})
	require.True(t, problem.Is(err, problem.DatasetNotFound), "%v", err)
	require.NoError(t, s.Stop(context.Background()))
}

func TestSomewhereMustTheDataBe(t *testing.T) {
	t.Parallel()
	_, err := devsuite.Start(context.Background(), devsuite.Config{})
	require.ErrorContains(t, err, "a data folder or the URL of a database is needed")

	_, err = devsuite.Start(context.Background(), devsuite.Config{DatabaseURL: "host=localhost dbname=x"})
	require.ErrorContains(t, err, "postgres://user:password@host:port/database")
}
