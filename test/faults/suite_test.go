// Package faults kills, stops and crashes what a run stands on, in the middle of every
// step, and compares what readers see afterwards with an undisturbed run.
package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/dataset/sample"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/privatepg"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// users per month: enough that every step writes, few enough that a case is quick.
const users = 400

// What all cases stand on. They run one after another: some crash the server.
var (
	server    *privatepg.Server
	binaries  string
	data      string
	databases int
)

func TestMain(m *testing.M) { os.Exit(start(m)) }

func start(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sf-faults-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		err = prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		return 1
	}
	defer func() { _ = server.Stop(context.Background()) }()
	return m.Run()
}

// prepare builds the services, generates two months, and starts PostgreSQL.
func prepare(dir string) (err error) {
	ctx := context.Background()
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	binaries, data = filepath.Join(dir, "bin"), filepath.Join(dir, "data")
	for _, s := range cluster.Services {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(binaries, s+"d"), "./cmd/"+s+"d")
		cmd.Dir = filepath.Join(extract.Root(), "services", s)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", s, err, out)
		}
	}
	if _, err := sample.Write(data, sample.Options{Months: 2, Users: users, Seed: 7}); err != nil {
		return err
	}
	server, err = privatepg.Start(ctx, privatepg.Options{Dir: filepath.Join(dir, "postgres"), Fast: true})
	return err
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
	exec1(t, server.URL(""), "create database "+name)
	s := &suite{}
	var err error
	cfg := cluster.Config{
		Bin: binaries, OwnerURL: server.URL(name), Dir: t.TempDir(), SourceRoots: []string{data},
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
		Dataset: "streamflow", AsOf: asOf, Source: filepath.Join(data, month), RequestedBy: "faults",
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

// state is what readers see, and what is left lying about: live tables, snapshots,
// the catalog, partitions, staging.
func (s *suite) state(t *testing.T) []string {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), s.url)
	require.NoError(t, err)
	defer pool.Close()
	var out []string
	d := builtin.Streamflow()
	for _, table := range d.GetTables() {
		out = append(out, digest(t, pool, table.GetName()))
	}
	for _, snap := range d.GetSnapshots() {
		out = append(out, digest(t, pool, snap.GetName()))
	}
	rows, err := pool.Query(t.Context(), `
		select concat_ws(' ', 'catalog', snapshot, as_of, revision, rows, content_hash) from sf_snapshot.catalog
		union all select concat_ws(' ', 'prepared', snapshot, as_of) from sf_snapshot.prepared
		union all select concat_ws(' ', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
			where n.nspname in ('sf_history', 'sf_staging') and c.relkind = 'r'
		union all select concat_ws(' ', 'watermark', as_of) from sf_ingest.watermark
		order by 1`)
	require.NoError(t, err)
	more, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return append(out, more...)
}

func digest(t *testing.T, pool *pgxpool.Pool, table string) string {
	t.Helper()
	var text string
	err := pool.QueryRow(t.Context(), fmt.Sprintf(
		"select count(*) || ' rows ' || coalesce(md5(string_agg(r::text, chr(10) order by r::text collate \"C\")), '') from public.%s r", table)).Scan(&text)
	if err != nil {
		text = "not there"
	}
	return table + " " + text
}

// gate holds whoever does a statement on a table, in the middle of its transaction,
// until it is opened.
type gate struct {
	conn *pgx.Conn
	url  string
}

const gateLock = 8613

// shut puts a gate before a statement, such as: insert on sf_quality.validation.
func shut(t *testing.T, url, when, table, condition string) *gate {
	t.Helper()
	exec1(t, url, fmt.Sprintf(`
		create function public.gate() returns trigger language plpgsql as
			'begin perform pg_advisory_xact_lock(%d); return coalesce(new, old); end';
		create trigger gate before %s on %s for each row %s execute function public.gate()`, gateLock, when, table, condition))
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), fmt.Sprintf("select pg_advisory_lock(%d)", gateLock))
	require.NoError(t, err)
	g := &gate{conn: conn, url: url}
	t.Cleanup(func() { g.open(t) })
	return g
}

// reached waits until somebody stands before the gate.
func (g *gate) reached(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		var waiting bool
		err := g.conn.QueryRow(t.Context(), `select exists (select from pg_locks
			where locktype = 'advisory' and objid = $1 and not granted)`, gateLock).Scan(&waiting)
		require.NoError(t, err)
		return waiting
	}, 30*time.Second, 10*time.Millisecond, "the step comes to the gate")
}

// open lets everybody through, for good. A gate that went down with the server is open.
func (g *gate) open(t *testing.T) {
	t.Helper()
	if g.conn == nil {
		return
	}
	err := g.conn.Close(context.Background())
	g.conn = nil
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Log("gate:", err)
	}
}
