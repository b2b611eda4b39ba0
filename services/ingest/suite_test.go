package ingest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asDaemon) != "" {
		os.Exit(daemonMain())
	}
	os.Exit(pgtest.Main(m, ingest.Migrations()))
}

const january, february, march = "2024-01-31", "2024-02-29", "2024-03-31"

// shop is a dataset with every type, a composite key, and two levels of references. Its
// deliveries are so small that a third of them departs with a row.
const shop = `
name: shop
calendar: {period: month_end}
tables:
  - name: customers
    departed_limit: 0.5
    key: [id]
    columns:
      - {name: id, type: text}
      - {name: since, type: date}
      - {name: active, type: boolean}
      - {name: note, type: text, optional: true}
  - name: orders
    departed_limit: 0.5
    key: [id]
    references: [{columns: [customer], table: customers}]
    columns:
      - {name: id, type: bigint}
      - {name: customer, type: text}
      - {name: amount, type: "numeric(8,2)"}
      - {name: items, type: integer}
      - {name: weight, type: double precision}
  - name: lines
    departed_limit: 0.5
    key: [order_id, place]
    references: [{columns: [order_id], table: orders}]
    columns:
      - {name: order_id, type: bigint}
      - {name: place, type: integer}
      - {name: price, type: numeric}
`

// files are the content of a delivery by file name.
type files map[string]string

// with returns a copy with some files exchanged; a nil content leaves the file out.
func (f files) with(name, content string) files {
	out := files{}
	for k, v := range f {
		out[k] = v
	}
	out[name] = content
	return out
}

func (f files) without(name string) files {
	out := f.with(name, "")
	delete(out, name)
	return out
}

// goods is a delivery of the shop that has nothing wrong with it.
var goods = files{
	"customers.csv": "id,since,active,note\nc1,2020-01-31,True,\"likes \"\"tea\"\", a lot\"\nc2,2021-02-28,false,\nc3,,,\"\"\n",
	"orders.csv":    "id,customer,amount,items,weight\n1,c1,10.50,2,0.5\n2,c2,99999.99,3.0,1e-3\n3,c1,,,\n",
	"lines.csv":     "order_id,place,price\n1,1,1.10\n1,2,24.483650766787413\n2,1,7\n",
}

// house is one ingest service on a database of its own, reached over gRPC.
type house struct {
	t       testing.TB
	db      *pgtest.Database
	root    string
	client  ingestv1.IngestServiceClient
	dataset *datasetv1.Dataset
	version string
	fence   fence.Fence
	// accepted is what the run accepts.
	accepted []*stepv1.Acceptance
	// supersede says that the run corrects its as_of.
	supersede bool
	// stamped is the batch whose content history holds; empty where the caller says none.
	stamped string
	// neverStamped says that history holds nothing of the as_of.
	neverStamped bool
}

func open(tb testing.TB, yaml string) *house {
	tb.Helper()
	return openDataset(tb, parse(tb, yaml), realPath(tb, tb.TempDir()))
}

func parse(tb testing.TB, yaml string) *datasetv1.Dataset {
	tb.Helper()
	d, mistakes := dataset.Read("test.yaml", []byte(yaml))
	require.NoError(tb, mistakes.Err())
	return d
}

// adopting has a dataset write into tables of the users' own.
func adopting(yaml string) string {
	return regexp.MustCompile(`(?m)^(  - name: \w+)$`).ReplaceAllString(yaml, "$1\n    adopt: true")
}

func openDataset(tb testing.TB, d *datasetv1.Dataset, root string) *house {
	tb.Helper()
	h := &house{t: tb, db: pgtest.New(tb), root: root, dataset: d, version: dataset.Hash(d)}
	h.client = serve(tb, h.db.Pool(tb, "sf_ingest"), ingest.Config{SourceRoots: []string{root}})
	h.fence = h.db.Fence(tb, d.GetName())
	return h
}

// serve starts a service on a real connection, and returns a client of it.
func serve(tb testing.TB, pool *postgres.Pool, cfg ingest.Config) ingestv1.IngestServiceClient {
	tb.Helper()
	svc, err := ingest.New(cfg, daemon.Deps{Pool: pool, Log: telemetry.Discard()})
	require.NoError(tb, err)
	srv, err := grpcserver.New(telemetry.Discard())
	require.NoError(tb, err)
	svc.Register(srv)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, lis) }()
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(tb, err)
	tb.Cleanup(func() {
		_ = conn.Close()
		cancel()
		require.NoError(tb, <-served)
		svc.Close()
	})
	return ingestv1.NewIngestServiceClient(conn)
}

// realPath resolves links, as macOS has one in its temporary folder.
func realPath(tb testing.TB, path string) string {
	tb.Helper()
	resolved, err := filepath.EvalSymlinks(path)
	require.NoError(tb, err)
	return resolved
}

// deliver writes files into a folder under the root, and returns it.
func (h *house) deliver(folder string, f files) string {
	h.t.Helper()
	dir := filepath.Join(h.root, folder)
	require.NoError(h.t, os.RemoveAll(dir))
	require.NoError(h.t, os.MkdirAll(dir, 0o755))
	for name, content := range f {
		require.NoError(h.t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(h.t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	return dir
}

func (h *house) context() *stepv1.StepContext {
	return &stepv1.StepContext{
		Run: "run_1", Fence: h.fence.Proto(), RequestedBy: "a test", Accepted: h.accepted, Supersede: h.supersede,
		Stamped: h.stamped, NeverStamped: h.neverStamped,
	}
}

// request is what stages a folder as a new batch.
func (h *house) request(asOf, source string) *ingestv1.StageRequest {
	return &ingestv1.StageRequest{
		Context: h.context(), Batch: ident.New(ident.Batch), Dataset: h.dataset, DatasetVersion: h.version,
		AsOf: asOf, Source: source,
	}
}

func (h *house) stageRequest(req *ingestv1.StageRequest) (*ingestv1.Batch, error) {
	stream, err := h.client.Stage(context.Background(), req)
	require.NoError(h.t, err)
	b, _, err := last(stream, func(m *ingestv1.StageResponse) *ingestv1.Batch { return m.GetResult().GetBatch() })
	return b, err
}

// stage stages files as a new batch.
func (h *house) stage(asOf string, f files) *ingestv1.Batch {
	h.t.Helper()
	b, err := h.stageRequest(h.request(asOf, h.deliver("month_"+asOf, f)))
	require.NoError(h.t, err)
	return b
}

func (h *house) publish(batch string) (*ingestv1.PublishResult, error) {
	stream, err := h.client.Publish(context.Background(), &ingestv1.PublishRequest{Context: h.context(), Batch: batch, Dataset: h.dataset})
	require.NoError(h.t, err)
	r, _, err := last(stream, func(m *ingestv1.PublishResponse) *ingestv1.PublishResult { return m.GetResult() })
	return r, err
}

// published stages and publishes files.
func (h *house) published(asOf string, f files) *ingestv1.Batch {
	h.t.Helper()
	b := h.stage(asOf, f)
	require.Equal(h.t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	r, err := h.publish(b.GetId())
	require.NoError(h.t, err)
	return r.GetBatch()
}

func (h *house) plan(batch string) (*ingestv1.PlanResult, error) {
	stream, err := h.client.Plan(context.Background(), &ingestv1.PlanRequest{Context: h.context(), Batch: batch, Dataset: h.dataset})
	require.NoError(h.t, err)
	r, _, err := last(stream, func(m *ingestv1.PlanResponse) *ingestv1.PlanResult { return m.GetResult() })
	return r, err
}

func (h *house) discard(batch string) error {
	_, err := h.client.Discard(context.Background(), &ingestv1.DiscardRequest{Context: h.context(), Batch: batch})
	return err
}

// last reads a stream to its end: the result, and how many messages came before it.
func last[M any, R any](stream grpc.ServerStreamingClient[M], result func(*M) *R) (r *R, before int, err error) {
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return r, before, nil
		}
		if err != nil {
			return nil, before, err
		}
		if got := result(m); got != nil {
			r = got
		} else {
			before++
		}
	}
}

// staging lists the relations in sf_staging.
func (h *house) staging() []string {
	return h.db.Rows(h.t, "select relname from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'sf_staging' and relkind = 'r' order by 1")
}

// candidate returns the relation of a table's candidate.
func candidate(t *testing.T, b *ingestv1.Batch, table string) string {
	t.Helper()
	for _, d := range b.GetTables() {
		if d.GetTable() == table && d.GetCandidate() != nil {
			return "sf_staging." + d.GetCandidate().GetRelation().GetName()
		}
	}
	require.Fail(t, "no candidate of "+table)
	return ""
}

func counts(b interface {
	GetCounts() []*stepv1.TableCounts
}, table string) *stepv1.TableCounts {
	for _, c := range b.GetCounts() {
		if c.GetTable() == table {
			return c
		}
	}
	return nil
}

// reasons lists the reasons of findings with their table, in order.
func reasons(b *ingestv1.Batch) []string {
	var out []string
	for _, f := range b.GetFindings() {
		out = append(out, f.GetReason()+" "+f.GetTable())
	}
	sort.Strings(out)
	return out
}

func requireReason(t *testing.T, want problem.Reason, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, problem.FromError(err).Reason, err.Error())
}
