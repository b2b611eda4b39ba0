package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, snapshot.Migrations())) }

const (
	january  = "2024-01-31"
	february = "2024-02-29"
)

// suite is the service on a real connection, with a database of its own.
type suite struct {
	db     *pgtest.Database
	client snapshotv1.SnapshotServiceClient
	staged int
}

func newSuite(tb testing.TB) *suite {
	tb.Helper()
	db := pgtest.New(tb)
	return suiteOn(tb, db, db.Pool(tb, "sf_snapshot"))
}

// suiteOn is a suite whose service has a pool of the test's own.
func suiteOn(tb testing.TB, db *pgtest.Database, pool *postgres.Pool) *suite {
	tb.Helper()
	svc, err := snapshot.New(snapshot.Config{LockTimeout: 100 * time.Millisecond}, daemon.Deps{Pool: pool, Log: telemetry.Discard()})
	require.NoError(tb, err)
	tb.Cleanup(svc.Close)
	return &suite{db: db, client: snapshotv1.NewSnapshotServiceClient(serve(tb, svc))}
}

func serve(tb testing.TB, svc daemon.Service) *grpc.ClientConn {
	tb.Helper()
	srv, err := grpcserver.New(telemetry.Discard())
	require.NoError(tb, err)
	svc.Register(srv)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, lis) }()
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(tb, err)
	tb.Cleanup(func() {
		_ = conn.Close()
		stop()
		require.NoError(tb, <-ended)
	})
	return conn
}

// delivery is one batch as a run would bring it.
type delivery struct {
	tb         testing.TB
	suite      *suite
	dataset    *datasetv1.Dataset
	version    string
	batch      string
	asOf       string
	fence      fence.Fence
	candidates []*stepv1.Candidate
	// reason is why it supersedes; empty where it does not.
	reason string
	// rollback is what it makes current again; nil of a delivery.
	rollback *stepv1.RollbackTarget
	// bases are what the candidates were laid over.
	bases []*stepv1.Base
	// tables are those that a restamp makes again; none of any other.
	tables []string
}

// deliver stages candidates: per table the rows of a VALUES list, in the order of the
// declared columns. The fence is raised, as by the start of a run.
func (s *suite) deliver(tb testing.TB, d *datasetv1.Dataset, asOf string, rows map[string]string) *delivery {
	tb.Helper()
	return s.deliverUnder(tb, s.db.Fence(tb, d.GetName()), d, asOf, rows)
}

func (s *suite) deliverUnder(tb testing.TB, f fence.Fence, d *datasetv1.Dataset, asOf string, rows map[string]string) *delivery {
	tb.Helper()
	b := &delivery{tb: tb, suite: s, dataset: d, version: "v1", batch: ident.New(ident.Batch), asOf: asOf, fence: f}
	b.stage(rows)
	return b
}

// stage makes candidates as ingest does: unlogged, with file and line, readable by
// the services that need them.
func (b *delivery) stage(rows map[string]string) {
	b.tb.Helper()
	b.candidates = nil
	for _, table := range b.dataset.GetTables() {
		values, ok := rows[table.GetName()]
		if !ok {
			continue
		}
		b.suite.staged++
		r := relation.Relation{Schema: "sf_staging", Name: fmt.Sprintf("%s_%d_%s", b.batch, b.suite.staged, table.GetName())}
		var columns []string
		for _, c := range table.GetColumns() {
			columns = append(columns, relation.Quote(c.GetName())+" "+c.GetType())
		}
		b.suite.db.Exec(b.tb, fmt.Sprintf("create unlogged table %s (%s, sf_file smallint default 0, sf_line bigint generated always as identity)",
			r.SQL(), strings.Join(columns, ", ")))
		if values != "" {
			b.suite.db.Exec(b.tb, "insert into "+r.SQL()+" "+values)
		}
		b.suite.db.Exec(b.tb, "grant select on "+r.SQL()+" to sf_quality, sf_snapshot")
		var n int64
		require.NoError(b.tb, b.suite.db.Owner.QueryRow(context.Background(), "select count(*) from "+r.SQL()).Scan(&n))
		b.candidates = append(b.candidates, &stepv1.Candidate{Table: table.GetName(), Relation: r.Proto(), Rows: n})
	}
}

func (b *delivery) candidate(table string) relation.Relation {
	for _, c := range b.candidates {
		if c.GetTable() == table {
			return relation.Of(c.GetRelation())
		}
	}
	return relation.Relation{}
}

func (b *delivery) context() *stepv1.StepContext {
	return &stepv1.StepContext{
		Run: "run_1", Fence: b.fence.Proto(), RequestedBy: "a test", Supersede: b.reason != "", Reason: b.reason,
	}
}

func (b *delivery) prepareRequest() *snapshotv1.PrepareRequest {
	return &snapshotv1.PrepareRequest{
		Context: b.context(), Batch: b.batch, AsOf: b.asOf, Dataset: b.dataset, DatasetVersion: b.version, Candidates: b.candidates,
		Rollback: b.rollback,
		Bases:    b.bases, Tables: b.tables,
	}
}

func (b *delivery) stampRequest() *snapshotv1.StampRequest {
	return &snapshotv1.StampRequest{Context: b.context(), Batch: b.batch, AsOf: b.asOf, Dataset: b.dataset, DatasetVersion: b.version, Rollback: b.rollback, Tables: b.tables}
}

func (b *delivery) prepare() ([]*snapshotv1.PreparedSnapshot, error) {
	result, _, err := b.suite.prepare(b.prepareRequest())
	return result.GetSnapshots(), err
}

func (b *delivery) stamp() ([]*snapshotv1.StampedSnapshot, error) {
	result, err := b.suite.stamp(b.stampRequest())
	return result.GetSnapshots(), err
}

func (b *delivery) discard() error {
	_, err := b.suite.client.Discard(context.Background(), &snapshotv1.DiscardRequest{Context: b.context(), Batch: b.batch})
	return err
}

// history prepares and stamps, and fails the test where either fails.
func (b *delivery) history() []*snapshotv1.StampedSnapshot {
	b.tb.Helper()
	_, err := b.prepare()
	require.NoError(b.tb, err)
	stamped, err := b.stamp()
	require.NoError(b.tb, err)
	return stamped
}

func (s *suite) prepare(req *snapshotv1.PrepareRequest) (*snapshotv1.PrepareResult, []*stepv1.Progress, error) {
	stream, err := s.client.Prepare(context.Background(), req)
	if err != nil {
		return nil, nil, err
	}
	var (
		result   *snapshotv1.PrepareResult
		progress []*stepv1.Progress
	)
	err = drain(stream, func(m *snapshotv1.PrepareResponse) error {
		if result != nil {
			return errors.New("a message after the result")
		}
		if p := m.GetProgress(); p != nil {
			progress = append(progress, p)
		}
		result = m.GetResult()
		return nil
	})
	return result, progress, err
}

func (s *suite) stamp(req *snapshotv1.StampRequest) (*snapshotv1.StampResult, error) {
	stream, err := s.client.Stamp(context.Background(), req)
	if err != nil {
		return nil, err
	}
	var result *snapshotv1.StampResult
	err = drain(stream, func(m *snapshotv1.StampResponse) error {
		result = m.GetResult()
		return nil
	})
	return result, err
}

func drain[M any](stream grpc.ServerStreamingClient[M], take func(*M) error) error {
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = take(m)
		}
		if err != nil {
			return err
		}
	}
}

// requireReason checks that an error came over the connection with its reason.
func requireReason(tb testing.TB, err error, want problem.Reason) problem.Error {
	tb.Helper()
	require.Error(tb, err)
	p := problem.FromError(err)
	require.Equal(tb, want, p.Reason, p.Message)
	return *p
}

// historyTables are the tables in the history, attached or not, by name.
func (s *suite) historyTables(tb testing.TB) []string {
	tb.Helper()
	return s.db.Rows(tb, `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'sf_history' and c.relkind = 'r' order by c.relname collate "C"`)
}

// requireNoOrphans checks that every table in the history is known, and is there, but for
// those that a test took away.
func (s *suite) requireNoOrphans(tb testing.TB, taken ...string) {
	tb.Helper()
	known := s.db.Rows(tb, `select distinct name collate "C" from (
			select partition_name from sf_snapshot.catalog where (dataset, as_of) not in (select dataset, as_of from sf_snapshot.dropped)
			union all select relation_name from sf_snapshot.kept where (dataset, as_of) not in (select dataset, as_of from sf_snapshot.dropped)
			union all select partition_name from sf_snapshot.prepared
			union all select relation_name from sf_snapshot.delta
			union all select kept_name from sf_snapshot.prepared
			union all select delta_name from sf_snapshot.prepared) k (name)
		where name is not null and not 'sf_history.' || name = any($1) order by 1`, taken)
	there := s.db.Rows(tb, `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'sf_history' and c.relkind = 'r' and not 'sf_history.' || c.relname = any($1) order by c.relname collate "C"`, taken)
	require.Equal(tb, known, there)
}

func requireProto(tb testing.TB, want, got proto.Message) {
	tb.Helper()
	require.True(tb, proto.Equal(want, got), "want %v\ngot  %v", want, got)
}

// texts are rows of the simple protocol as texts, their values joined by |.
func texts(tb testing.TB, rows pgx.Rows) []string {
	tb.Helper()
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var parts []string
		for _, v := range row.RawValues() {
			if v == nil {
				v = []byte("<null>")
			}
			parts = append(parts, string(v))
		}
		return strings.Join(parts, "|"), nil
	})
	require.NoError(tb, err)
	return all
}
