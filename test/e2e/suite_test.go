// Package e2e takes the whole suite through its main job and through everything that
// users deliver by mistake, over real gRPC and REST connections and on a real
// PostgreSQL.
package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/privatepg"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/test/issuer"
)

var (
	server    *privatepg.Server
	databases atomic.Int64
	// passwords is the folder in which all suites keep those of their roles: roles
	// belong to the server, so suites that share one must agree.
	passwords string
	// serverLog is what PostgreSQL writes of all of them.
	serverLog string
)

func TestMain(m *testing.M) {
	if issuer.Main() {
		return
	}
	os.Exit(start(m))
}

func start(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sf-e2e-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		err = os.Chmod(dir, 0o755)
	}
	if err == nil {
		passwords, err = os.MkdirTemp(dir, "passwords-")
	}
	if err == nil {
		serverLog = filepath.Join(dir, "postgres.log")
		server, err = privatepg.Start(context.Background(), privatepg.Options{Dir: dir, Fast: true})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer func() { _ = server.Stop(context.Background()) }()
	return m.Run()
}

// suite is the whole of StreamFlow on a database of its own.
type suite struct {
	*devsuite.Suite
	db           *pgxpool.Pool
	orchestrator orchestratorv1.OrchestratorServiceClient
	ingest       ingestv1.IngestServiceClient
	quality      qualityv1.QualityServiceClient
	snapshot     snapshotv1.SnapshotServiceClient
}

func setup(t *testing.T) *suite {
	t.Helper()
	return startOn(t, newDatabase(t))
}

func newDatabase(t *testing.T) (name string) {
	t.Helper()
	name = fmt.Sprintf("sf_e2e_%d", databases.Add(1))
	admin, err := pgx.Connect(t.Context(), server.URL(""))
	require.NoError(t, err)
	defer func() { _ = admin.Close(context.Background()) }()
	_, err = admin.Exec(t.Context(), "create database "+name)
	require.NoError(t, err)
	return name
}

// startOn starts the suite on a database that is there, with what is to stand in its
// URLs beside the name.
func startOn(t *testing.T, name string, settings ...string) *suite {
	t.Helper()
	return startTelling(t, name, telemetry.Discard(), settings...)
}

// startTelling starts it with a log of its own.
func startTelling(t *testing.T, name string, log *slog.Logger, settings ...string) *suite {
	t.Helper()
	return startAs(t, name, func(cfg *devsuite.Config) { cfg.DatabaseURL, cfg.Log = withSettings(server.URL(name), settings), log })
}

// startAs starts the suite on a database that is there, with other settings.
func startAs(t *testing.T, name string, change func(*devsuite.Config)) *suite {
	t.Helper()
	s, cfg := &suite{}, devsuite.Config{
		DataDir: passwords, DatabaseURL: server.URL(name), SourceRoots: []string{"/"},
		GRPCListen: "127.0.0.1:0", HTTPListen: "127.0.0.1:0", Log: telemetry.Discard(), SharedRoles: true, User: "e2e",
	}
	change(&cfg)
	var err error
	s.Suite, err = devsuite.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	letIn(t, s.Suite)
	person, err := pgxpool.ParseConfig(server.URL(name))
	require.NoError(t, err)
	person.ConnConfig.RuntimeParams["search_path"] = "public" // whatever the database says
	s.db, err = pgxpool.NewWithConfig(t.Context(), person)
	require.NoError(t, err)
	t.Cleanup(s.db.Close)
	conn, err := grpcserver.Dial(s.GRPCAddr(), bearer.Call(s.Token()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	s.orchestrator = orchestratorv1.NewOrchestratorServiceClient(conn)
	s.ingest = ingestv1.NewIngestServiceClient(conn)
	s.quality = qualityv1.NewQualityServiceClient(conn)
	s.snapshot = snapshotv1.NewSnapshotServiceClient(conn)
	return s
}

func withSettings(url string, settings []string) string {
	for _, set := range settings {
		if strings.Contains(url, "?") {
			url += "&" + set
		} else {
			url += "?" + set
		}
	}
	return url
}

// person opens a session as a person has it.
func (s *suite) person(t *testing.T) *pgx.Conn {
	t.Helper()
	return connect(t, s.db.Config().ConnConfig.Database, "public")
}

// start starts a run of the built-in dataset.
func (s *suite) start(t *testing.T, asOf, dir string) *orchestratorv1.StartRunResponse {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: asOf, Source: dir, RequestId: ident.New(ident.Request), RequestedBy: "e2e",
	})
	require.NoError(t, err)
	return r
}

// run takes one month through the suite and returns how it ended.
func (s *suite) run(t *testing.T, asOf, dir string) *orchestratorv1.Run {
	t.Helper()
	return s.wait(t, s.start(t, asOf, dir).GetRun().GetId())
}

// runMode takes one month through a run of a mode.
func (s *suite) runMode(t *testing.T, asOf, dir string, mode orchestratorv1.RunMode) *orchestratorv1.Run {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: asOf, Source: dir, Mode: mode, RequestedBy: "e2e",
	})
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

// wait follows the run's events to the last one.
func (s *suite) wait(t *testing.T, run string) *orchestratorv1.Run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	stream, err := s.orchestrator.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: run})
	require.NoError(t, err)
	for n := int64(1); ; n++ {
		m, err := stream.Recv()
		require.NoError(t, err, "the stream ends with the run's last event")
		require.Equal(t, n, m.GetEvent().GetNumber(), "events are numbered without gaps")
		if m.GetEvent().GetKind() == orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED {
			break
		}
	}
	r, err := s.orchestrator.GetRun(ctx, &orchestratorv1.GetRunRequest{Run: run})
	require.NoError(t, err)
	return r.GetRun()
}

// succeed runs a month and requires that it is published and stamped.
func (s *suite) succeed(t *testing.T, asOf, dir string) *orchestratorv1.Run {
	t.Helper()
	r := s.run(t, asOf, dir)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s: %s\n%v", r.GetReason(), r.GetMessage(), r.GetFindings())
	return r
}

// apply registers a version of a dataset.
func (s *suite) apply(t *testing.T, d *datasetv1.Dataset) {
	t.Helper()
	_, err := s.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: "e2e"})
	require.NoError(t, err)
}

// rows returns a query's rows, values as PostgreSQL writes them, separated by |.
func (s *suite) rows(t *testing.T, sql string, args ...any) []string {
	t.Helper()
	rows, err := s.db.Query(t.Context(), sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
	require.NoError(t, err, sql)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var parts []string
		for _, v := range rows.RawValues() {
			if v == nil {
				v = []byte("<null>")
			}
			parts = append(parts, string(v))
		}
		out = append(out, strings.Join(parts, "|"))
	}
	require.NoError(t, rows.Err(), sql)
	return out
}

// counts returns the counts of a step by table.
func counts(r *orchestratorv1.Run, kind orchestratorv1.StepKind) map[string]string {
	out := map[string]string{}
	for _, st := range r.GetSteps() {
		if st.GetKind() != kind {
			continue
		}
		for _, c := range st.GetCounts() {
			out[c.GetTable()] = fmt.Sprintf("%d rows, %d inserted, %d updated, %d unchanged, %d departed",
				c.GetRows(), c.GetInserted(), c.GetUpdated(), c.GetUnchanged(), c.GetDeparted())
		}
	}
	return out
}
