package orchestrator_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator"
)

const asker = "ann"

// suite is one orchestrator on a database of its own, among fakes of the others.
type suite struct {
	*world
	db     *pgtest.Database
	client orchestratorv1.OrchestratorServiceClient
}

// replica is one process of the orchestrator.
type replica struct {
	client orchestratorv1.OrchestratorServiceClient
	// stop stops it as SIGTERM does.
	stop func()
}

// quick is a configuration in which leases run out while a test waits.
func quick() orchestrator.Config {
	return orchestrator.Config{Lease: 1500 * time.Millisecond, Heartbeat: 200 * time.Millisecond, RetryFor: 20 * time.Second}
}

// setup runs one replica, with the dataset shop registered.
func setup(t testing.TB) *suite {
	t.Helper()
	s := idle(t)
	r := s.replica(t, quick(), "")
	s.client = r.client
	s.apply(t, dataset("shop"))
	return s
}

// idle runs no replica yet.
func idle(t testing.TB) *suite {
	t.Helper()
	return &suite{world: newWorld(t), db: pgtest.New(t)}
}

// replica starts a process; url is its PostgreSQL, the suite's own where it is empty.
func (s *suite) replica(t testing.TB, cfg orchestrator.Config, url string) *replica {
	t.Helper()
	cfg.IngestAddr, cfg.QualityAddr, cfg.SnapshotAddr = s.addr, s.addr, s.addr
	if url == "" {
		url = s.db.URL("sf_orchestrator")
	}
	pool, err := postgres.Open(postgres.PoolConfig{URL: url, Application: "test"})
	require.NoError(t, err)
	svc, err := orchestrator.New(cfg, daemon.Deps{Pool: pool, Log: telemetry.Discard()})
	require.NoError(t, err)
	return working(t, svc, pool)
}

// working runs the service of a replica.
func working(t testing.TB, svc daemon.Service, pool *postgres.Pool) *replica {
	t.Helper()
	srv, err := grpcserver.New(telemetry.Discard())
	require.NoError(t, err)
	svc.Register(srv)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- svc.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
		svc.Close()
		pool.Close()
	})
	conn, err := grpcserver.Dial(serve(t, srv))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(); stop() })
	return &replica{client: orchestratorv1.NewOrchestratorServiceClient(conn), stop: stop}
}

// dataset declares two tables and two snapshots, with names of its own.
func dataset(name string) *datasetv1.Dataset {
	table := func(suffix string) *datasetv1.Table {
		return &datasetv1.Table{
			Name: name + "_" + suffix, Key: []string{"id"},
			Columns: []*datasetv1.Column{{Name: "id", Type: "text"}, {Name: "amount", Type: "numeric"}},
		}
	}
	return &datasetv1.Dataset{
		Name:     name,
		Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables:   []*datasetv1.Table{table("users"), table("orders")},
		Snapshots: []*datasetv1.Snapshot{
			{Name: name + "_users_snapshots", From: name + "_users"},
			{Name: name + "_orders_snapshots", From: name + "_orders"},
		},
	}
}

func (s *suite) apply(t testing.TB, d *datasetv1.Dataset) *orchestratorv1.ApplyDatasetResponse {
	t.Helper()
	resp, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: asker})
	require.NoError(t, err)
	return resp
}

// ask is a request for a run of shop's January.
func ask() *orchestratorv1.StartRunRequest {
	return &orchestratorv1.StartRunRequest{Dataset: "shop", AsOf: "2024-01-31", Source: "/data/month_000", RequestedBy: asker}
}

func plan() *orchestratorv1.StartRunRequest {
	req := ask()
	req.Mode = orchestratorv1.RunMode_RUN_MODE_PLAN
	return req
}

func (s *suite) start(t testing.TB, req *orchestratorv1.StartRunRequest) string {
	t.Helper()
	resp, err := s.client.StartRun(t.Context(), req)
	require.NoError(t, err)
	return resp.GetRun().GetId()
}

func (s *suite) run(t testing.TB, id string) *orchestratorv1.Run {
	t.Helper()
	resp, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: id})
	require.NoError(t, err)
	return resp.GetRun()
}

// end waits until a run has ended and returns it.
func (s *suite) end(t testing.TB, id string) *orchestratorv1.Run {
	t.Helper()
	s.events(t, id)
	return s.run(t, id)
}

// did starts a run, waits for its end, and returns it.
func (s *suite) did(t testing.TB, req *orchestratorv1.StartRunRequest) *orchestratorv1.Run {
	t.Helper()
	return s.end(t, s.start(t, req))
}

// events watches a run to its end, and checks that its events are numbered from 1
// without gaps, and that RUN_ENDED is the last.
func (s *suite) events(t testing.TB, id string) []*orchestratorv1.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	all, err := watch(ctx, s.client, id, 0)
	require.NoError(t, err, "events so far: %v", lines(all))
	for i, e := range all {
		require.Equal(t, int64(i+1), e.GetNumber())
		require.Equal(t, i == len(all)-1, e.GetKind() == orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED, "%v", lines(all))
	}
	return all
}

// watch returns the events of a run from a number on, until the stream ends.
func watch(ctx context.Context, client orchestratorv1.OrchestratorServiceClient, id string, from int64) ([]*orchestratorv1.Event, error) {
	stream, err := client.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: id, From: from})
	if err != nil {
		return nil, err
	}
	return follow(stream)
}

// follow returns what a stream still sends.
func follow(stream grpc.ServerStreamingClient[orchestratorv1.WatchRunResponse]) ([]*orchestratorv1.Event, error) {
	var all []*orchestratorv1.Event
	for {
		m, err := stream.Recv()
		if err == io.EOF { //nolint:errorlint // Recv returns it bare
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, m.GetEvent())
	}
}

// lines are events in short: kind, step, attempt and reason. Progress is left out,
// since it depends on the time.
func lines(events []*orchestratorv1.Event) []string {
	var all []string
	for _, e := range events {
		if e.GetKind() == orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS {
			continue
		}
		line := strings.TrimPrefix(e.GetKind().String(), "EVENT_KIND_")
		if e.GetStep() != 0 {
			line += fmt.Sprintf(" %s %d", strings.TrimPrefix(e.GetStep().String(), "STEP_KIND_"), e.GetAttempt())
		}
		if e.GetReason() != "" {
			line += " " + e.GetReason()
		}
		all = append(all, line)
	}
	return all
}

// steps are the steps of a run in short: kind, state and attempts.
func steps(r *orchestratorv1.Run) []string {
	var all []string
	for _, st := range r.GetSteps() {
		all = append(all, fmt.Sprintf("%s %s %d", strings.TrimPrefix(st.GetKind().String(), "STEP_KIND_"),
			strings.TrimPrefix(st.GetState().String(), "STEP_STATE_"), st.GetAttempts()))
	}
	return all
}

func requireState(t testing.TB, r *orchestratorv1.Run, state orchestratorv1.RunState) {
	t.Helper()
	require.Equal(t, state, r.GetState(), "%s: %s; %v", r.GetReason(), r.GetMessage(), steps(r))
}

func requireReason(t testing.TB, err error, r problem.Reason) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, r, problem.FromError(err).Reason, "%v", err)
}

// await waits for a value, but not for ever.
func await[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}
