package publish_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/publish"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// desk publishes candidates that a test makes by itself, without files.
type desk struct {
	t         *testing.T
	db        *pgtest.Database
	pool      *postgres.Pool
	publisher *publish.Publisher
	dataset   *declared.Dataset
	fence     fence.Fence
	accepted  []*stepv1.Acceptance

	mu     sync.Mutex
	phases []string
}

func sit(t *testing.T, yaml string) *desk {
	t.Helper()
	m, mistakes := dataset.Read("test.yaml", []byte(yaml))
	require.NoError(t, mistakes.Err())
	d, err := declared.Of(m)
	require.NoError(t, err)
	k := &desk{t: t, db: pgtest.New(t), dataset: d}
	k.pool = k.db.Pool(t, "sf_ingest")
	k.publisher = &publish.Publisher{Pool: k.pool, OpenSchema: func(s string) string { return "open " + s }}
	k.fence = k.db.Fence(t, d.Name)
	return k
}

// rows are the rows of candidates by table, each as the SQL of its values.
type rows map[string][]string

// stage makes candidates, and the record of a batch that was staged to satisfaction.
func (k *desk) stage(asOf string, r rows) string {
	k.t.Helper()
	b := &ingestv1.Batch{
		Id: ident.New(ident.Batch), Dataset: k.dataset.Name, DatasetVersion: "v1", AsOf: asOf, Run: "run_1", Source: "/data", RequestedBy: "a test",
		State: ingestv1.BatchState_BATCH_STATE_STAGED,
	}
	require.NoError(k.t, store.Begin(k.t.Context(), k.pool, b))
	for _, t := range k.dataset.Tables {
		to := candidate.Name(b.GetId(), k.fence.Number, t.Name)
		k.exec(statement.CreateCandidate(t, to))
		for i := 0; i < len(r[t.Name]); i += 500 {
			some := r[t.Name][i:min(i+500, len(r[t.Name]))]
			k.exec("insert into " + to.SQL() + " select v.*, 0, row_number() over () from (values (" + strings.Join(some, "), (") + ")) v")
		}
		require.NoError(k.t, store.AddRelation(k.t.Context(), k.pool, b.GetId(), to.Name))
		n := int64(len(r[t.Name]))
		b.Tables = append(b.Tables, &stepv1.DeliveredTable{Table: t.Name, Candidate: &stepv1.Candidate{Table: t.Name, Relation: to.Proto(), Rows: n}})
		b.Counts = append(b.Counts, &stepv1.TableCounts{Table: t.Name, Rows: n})
	}
	require.NoError(k.t, store.Staged(k.t.Context(), k.pool, b))
	return b.GetId()
}

func (k *desk) exec(sql string) {
	k.t.Helper()
	_, err := k.pool.Exec(k.t.Context(), sql)
	require.NoError(k.t, err, sql)
}

func (k *desk) request(batch string) publish.Request {
	return publish.Request{Batch: batch, Fence: k.fence, Dataset: k.dataset, Accepted: k.accepted, Report: func(p *stepv1.Progress) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.phases = append(k.phases, strings.TrimSpace(p.GetTable()+" "+p.GetPhase()))
	}}
}

// said are the phases that were reported.
func (k *desk) said() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]string(nil), k.phases...)
}

func (k *desk) publish(batch string) (*ingestv1.Batch, error) {
	b, _, err := k.publisher.Publish(k.t.Context(), k.request(batch))
	return b, err
}

func (k *desk) plan(batch string) (*ingestv1.PlanResult, error) {
	return k.publisher.Plan(k.t.Context(), k.request(batch))
}

// published stages and publishes rows.
func (k *desk) published(asOf string, r rows) *ingestv1.Batch {
	k.t.Helper()
	b, err := k.publish(k.stage(asOf, r))
	require.NoError(k.t, err)
	return b
}

// tally is what a table's counts say, in the order of inserted, updated, unchanged,
// departed, deleted and returned.
type tally [6]int64

func tallied(c *stepv1.TableCounts) tally {
	return tally{c.GetInserted(), c.GetUpdated(), c.GetUnchanged(), c.GetDeparted(), c.GetDeleted(), c.GetReturned()}
}

func (k *desk) refused(batch string) *problem.Error {
	k.t.Helper()
	_, err := k.publish(batch)
	require.Error(k.t, err)
	return problem.FromError(err)
}

// waitFor waits until a query has rows.
func (k *desk) waitFor(sql string) {
	k.t.Helper()
	require.Eventually(k.t, func() bool { return len(k.db.Rows(k.t, sql)) > 0 }, 30*time.Second, 5*time.Millisecond, sql)
}

// hold locks a table in a session of somebody's own; what it returns lets go.
func (k *desk) hold(lock string) (release func()) {
	k.t.Helper()
	tx, err := k.db.Owner.Begin(context.Background())
	require.NoError(k.t, err)
	_, err = tx.Exec(context.Background(), lock)
	require.NoError(k.t, err)
	return func() { _ = tx.Rollback(context.Background()) }
}
