// Package faults kills, stops and crashes what a run stands on, in the middle of every
// step, and compares what readers see afterwards with an undisturbed run.
package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/dataset/sample"
	"github.com/streamflow/streamflow/platform/grpcserver"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// users per month: enough that every step writes, few enough that a case is quick.
const users = 400

// ground is what all cases stand on. They run one after another: some crash the server.
var (
	ground    *cluster.Ground
	databases int
)

func TestMain(m *testing.M) { os.Exit(start(m)) }

func start(m *testing.M) int {
	var err error
	if ground, err = cluster.NewGround("faults", sample.Options{Months: 2, Users: users, Seed: 7}); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		return 1
	}
	defer ground.Close()
	return m.Run()
}

// suite is five service processes on a database of their own.
type suite struct {
	*cluster.Cluster
	url    string
	client orchestratorv1.OrchestratorServiceClient
}

func setup(t *testing.T) *suite {
	t.Helper()
	return setupWith(t, func(*cluster.Config) {})
}

func setupWith(t *testing.T, change func(*cluster.Config)) *suite {
	t.Helper()
	databases++
	name := fmt.Sprintf("sf_faults_%d", databases)
	exec1(t, ground.Server.URL(""), "create database "+name)
	s := &suite{}
	var err error
	cfg := cluster.Config{
		Bin: ground.Bin, OwnerURL: ground.Server.URL(name), Dir: t.TempDir(), SourceRoots: []string{ground.Data},
		SharedRoles: true, // of the databases of one suite after another
		Env:         map[string][]string{cluster.Orchestrator: {"SF_LEASE=2s", "SF_HEARTBEAT=500ms"}},
	}
	change(&cfg)
	s.url = cfg.OwnerURL
	s.Cluster, err = cluster.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	conn, err := grpcserver.Dial(s.Address(cluster.Gateway))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	s.client = orchestratorv1.NewOrchestratorServiceClient(conn)
	_, err = s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: builtin.Streamflow(), RequestedBy: "faults"})
	require.NoError(t, err)
	return s
}

// start starts a run of a month.
func (s *suite) start(t *testing.T, asOf, month string) string {
	t.Helper()
	r, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: asOf, Source: filepath.Join(ground.Data, month), RequestedBy: "faults",
	})
	require.NoError(t, err)
	return r.GetRun().GetId()
}

// wait asks until the run has ended; the suite may be away meanwhile.
func (s *suite) wait(t *testing.T, run string) *orchestratorv1.Run {
	t.Helper()
	var last *orchestratorv1.Run
	var lastErr error
	ended := func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		r, err := s.client.GetRun(ctx, &orchestratorv1.GetRunRequest{Run: run})
		lastErr = err
		if err != nil {
			return false
		}
		last = r.GetRun()
		return last.GetEndedAt() != nil
	}
	for deadline := time.Now().Add(90 * time.Second); !ended(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			require.Fail(t, "the run did not end", "%v\n%v\n%s", lastErr, last, s.logs(t))
		}
	}
	return last
}

func (s *suite) logs(t *testing.T) string {
	t.Helper()
	all := ""
	for _, name := range cluster.Services {
		text := s.log(t, name)
		all += fmt.Sprintf("--- %s\n%s", name, text[max(0, len(text)-3000):])
	}
	return all
}

func (s *suite) log(t *testing.T, service string) string {
	t.Helper()
	text, err := os.ReadFile(s.Log(service))
	require.NoError(t, err)
	return string(text)
}

// succeed takes a month through undisturbed.
func (s *suite) succeed(t *testing.T, asOf, month string) {
	t.Helper()
	r := s.wait(t, s.start(t, asOf, month))
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
}

// exec1 runs one statement on a connection of its own.
func exec1(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err, sql)
}
