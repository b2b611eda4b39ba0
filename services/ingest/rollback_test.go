package ingest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// kept copies the live tables as snapshot keeps them, and says how a rollback finds them
// there: of each table one revision, orders in two, of some columns each.
func (h *house) kept() []*stepv1.RevisedTable {
	h.t.Helper()
	h.db.Exec(h.t, `create schema if not exists kept; grant usage on schema kept to sf_ingest;
		create table kept.customers as select *, date '2024-01-31' as as_of from customers;
		create table kept.orders as select id, customer, amount from orders;
		create table kept.orders_more as select id, items, weight as heavy from orders;
		create table kept.lines as table lines;
		grant select on all tables in schema kept to sf_ingest`)
	part := func(name string, rows int64, columns ...string) *stepv1.RevisionPart {
		p := &stepv1.RevisionPart{Snapshot: name + "_s", Revision: 1, Relation: &stepv1.Relation{Schema: "kept", Name: name}, Rows: rows}
		for _, c := range columns {
			called, stands, renamed := strings.Cut(c, "=")
			if !renamed {
				stands = called
			}
			p.Columns = append(p.Columns, &stepv1.RevisionColumn{Name: called, StandsAs: stands})
		}
		return p
	}
	return []*stepv1.RevisedTable{
		{Table: "customers", Parts: []*stepv1.RevisionPart{part("customers", 3, "id", "since", "active", "note")}},
		{Table: "orders", Parts: []*stepv1.RevisionPart{part("orders", 3, "id", "customer", "amount"), part("orders_more", 3, "id", "items", "weight=heavy")}},
		{Table: "lines", Parts: []*stepv1.RevisionPart{part("lines", 3, "order_id", "place", "price")}},
	}
}

func (h *house) restoreRequest(asOf, origin string, tables []*stepv1.RevisedTable) *ingestv1.RestoreRequest {
	return &ingestv1.RestoreRequest{
		Context: h.context(), Batch: ident.New(ident.Batch), Dataset: h.dataset, DatasetVersion: h.version, AsOf: asOf,
		Target: &stepv1.RollbackTarget{KnownAt: timestamppb.Now(), Batch: origin}, Tables: tables,
	}
}

func (h *house) restore(req *ingestv1.RestoreRequest) (*ingestv1.Batch, error) {
	stream, err := h.client.Restore(context.Background(), req)
	require.NoError(h.t, err)
	b, _, err := last(stream, func(m *ingestv1.RestoreResponse) *ingestv1.Batch { return m.GetResult().GetBatch() })
	return b, err
}

// wares is every row of the shop.
func (h *house) wares() []string {
	h.t.Helper()
	return h.db.Rows(h.t, "select 'c', r::text from customers r union all select 'o', r::text from orders r union all select 'l', r::text from lines r order by 1, 2")
}

// right has january published, kept, and then corrected with what is wrong.
func wronged(t *testing.T) (h *house, first *ingestv1.Batch, tables []*stepv1.RevisedTable, right []string) {
	t.Helper()
	h = open(t, shop+unguarded)
	first = h.published(january, goods)
	tables, right = h.kept(), h.wares()
	h.corrected(january, goods.with("customers.csv", goods["customers.csv"]+"c8,,,\n").with("orders.csv", strings.Replace(goods["orders.csv"], "1,c1,10.50", "7,c8,1,1,1\n1,c1,11", 1)))
	require.NotEqual(t, right, h.wares())
	h.supersede = true
	return h, first, tables, right
}

func TestRestoreMakesCandidatesOfRevisions(t *testing.T) {
	t.Parallel()
	h, first, tables, right := wronged(t)
	req := h.restoreRequest(january, first.GetId(), tables)

	b, err := h.restore(req)
	require.NoError(t, err)
	again, err := h.restore(req)
	require.NoError(t, err)

	require.Equal(t, b.String(), again.String(), "sent twice, it is one batch")
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	require.Empty(t, b.GetFindings())
	require.Empty(t, b.GetLiveStays())
	require.Equal(t, first.GetFiles()[0].GetSha256(), b.GetFiles()[0].GetSha256(), "its files are those of the batch whose content it is")
	require.Equal(t, []string{"id", "customer", "amount", "items", "weight"}, b.GetTables()[1].GetHeader())
	require.Equal(t, []string{"orders_s revision 1, orders_more_s revision 1"}, b.GetTables()[1].GetCandidate().GetFiles())
	require.Equal(t, []string{"1|c1|10.50|2|0.5|0|0", "2|c2|99999.99|3|0.001|0|0", "3|c1|<null>|<null>|<null>|0|0"},
		h.db.Rows(t, "select * from "+candidate(t, b, "orders")+" order by 1"))
	r, err := h.publish(b.GetId())
	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, r.GetBatch().GetState())
	require.Equal(t, right, h.wares())
	require.EqualValues(t, 1, counts(r.GetBatch(), "customers").GetWithdrawn(), "what only the correction brought")
	h.supersede = false
	require.Equal(t, b.GetId(), h.stage(january, goods).GetSameAs(), "the files that are current again are unchanged")
	require.Empty(t, h.stage(january, goods.with("customers.csv", goods["customers.csv"]+"c8,,,\n")).GetSameAs())
}

// Where columns or tables cannot be had again, live stays, and that is said; what live does
// not hold is not unchanged.
func TestRestoreLeavesLiveWhereColumnsLack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func([]*stepv1.RevisedTable) []*stepv1.RevisedTable
		says   string
	}{
		"a column": {func(all []*stepv1.RevisedTable) []*stepv1.RevisedTable {
			all[1].Parts, all[1].Lacks = all[1].GetParts()[:1], []string{"items", "weight"}
			return all
		}, "orders without items and weight"},
		"a table": {func(all []*stepv1.RevisedTable) []*stepv1.RevisedTable { return all[:2] }, "lines (no snapshot of it)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, first, tables, _ := wronged(t)
			before := h.wares()

			b, err := h.restore(h.restoreRequest(january, first.GetId(), tc.change(tables)))
			require.NoError(t, err)
			r, err := h.publish(b.GetId())
			require.NoError(t, err)

			require.Contains(t, b.GetLiveStays(), tc.says)
			require.Contains(t, findingOf(t, b, problem.HistoryAlone, "").GetMessage(), tc.says)
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_BACKFILLED, r.GetBatch().GetState())
			require.Equal(t, before, h.wares())
			h.supersede = false
			require.Empty(t, h.stage(january, goods).GetSameAs())
		})
	}
}

// A date that live has passed is history alone; so is one that it has not come to.
func TestRestoreOfAnotherAsOfLeavesLive(t *testing.T) {
	t.Parallel()
	h, first, tables, _ := wronged(t)
	h.supersede = false
	h.published(february, goods)
	before := h.wares()
	h.supersede = true
	for _, asOf := range []string{january, "2024-03-31"} {
		b, err := h.restore(h.restoreRequest(asOf, first.GetId(), tables))
		require.NoError(t, err)
		r, err := h.publish(b.GetId())
		require.NoError(t, err)

		require.Equal(t, ingestv1.BatchState_BATCH_STATE_BACKFILLED, r.GetBatch().GetState())
		require.Equal(t, before, h.wares())
	}
	require.Equal(t, []string{february}, h.db.Rows(t, "select as_of from sf_ingest.watermark"))
	h.supersede = false
	require.NotEmpty(t, h.stage(january, goods).GetSameAs(), "its files are known by what is current")
}

// A guard against files that are cut short has nothing to say to a rollback.
func TestARollbackIsNoFileThatIsCutShort(t *testing.T) {
	t.Parallel()
	h := open(t, strings.ReplaceAll(shop, "departed_limit: 0.5", "departed_limit: 0.1")+unguarded)
	first := h.published(january, goods)
	tables := h.kept()
	h.db.Exec(t, "insert into customers select 'x' || i from generate_series(1, 90) i")
	h.supersede = true

	b, err := h.restore(h.restoreRequest(january, first.GetId(), tables))
	require.NoError(t, err)
	_, err = h.publish(b.GetId())

	require.NoError(t, err)
}

// What is lost is made again; what is not as snapshot says is refused, and nothing is made.
func TestRestoreAfterLosses(t *testing.T) {
	t.Parallel()
	h, first, tables, right := wronged(t)
	req := h.restoreRequest(january, first.GetId(), tables)
	b, err := h.restore(req)
	require.NoError(t, err)
	h.db.Exec(t, "truncate "+candidate(t, b, "orders"))
	_, err = h.publish(b.GetId())
	requireReason(t, problem.StagingLost, err)

	again, err := h.restore(req)
	require.NoError(t, err)
	_, err = h.publish(again.GetId())

	require.NoError(t, err)
	require.Equal(t, right, h.wares())
	for name, spoil := range map[string]string{
		"rows": "delete from kept.orders_more where id = 1", "a column": "alter table kept.orders drop amount", "a table": "drop table kept.customers",
	} {
		h.db.Exec(t, spoil)
		_, err := h.restore(h.restoreRequest(january, first.GetId(), tables))
		requireReason(t, problem.RevisionChanged, err)
		require.NotEmpty(t, name)
	}
	require.NoError(t, h.discard(req.GetBatch()))
	h.db.Fence(t, "shop")
	_, err = h.restore(h.restoreRequest(january, first.GetId(), tables))
	requireReason(t, problem.FenceLost, err)
}

// Under another version of the dataset the files of a batch are staged again, also where a
// rollback made their content current again.
func TestRestoredFilesOfAnotherVersionAreStaged(t *testing.T) {
	t.Parallel()
	h, first, tables, _ := wronged(t)
	h.version = strings.Repeat("0", 64)
	b, err := h.restore(h.restoreRequest(january, first.GetId(), tables))
	require.NoError(t, err)
	_, err = h.publish(b.GetId())
	require.NoError(t, err)
	h.supersede = false

	require.Empty(t, h.stage(january, goods).GetSameAs())
}

// A rollback that would leave a snapshot of another delivery beside those that it takes back is
// stopped, before a row is copied, unless somebody accepts it for the run.
func TestRestoreStopsBeforeItMixesDeliveries(t *testing.T) {
	t.Parallel()
	h, first, tables, _ := wronged(t)
	req := h.restoreRequest(january, first.GetId(), tables[:2])
	req.Keep = []string{"lines_s"}
	req.Target.Revisions = []*stepv1.SnapshotRevision{{Snapshot: "customers_s", Revision: 1}, {Snapshot: "orders_s", Revision: 1}}

	b, err := h.restore(req)
	require.NoError(t, err)

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	require.Empty(t, b.GetTables(), "nothing was copied")
	f := findingOf(t, b, problem.RollbackMixed, "")
	require.Equal(t, datasetv1.Severity_SEVERITY_CRITICAL, f.GetSeverity())
	require.Contains(t, f.GetMessage(), "the date would hold rows of two deliveries: as of 2024-01-31, nothing was known of lines_s at ")
	require.Contains(t, f.GetMessage(), "while customers_s and orders_s would be taken back")
	_, err = h.publish(b.GetId())
	requireReason(t, problem.BatchRejected, err)

	req.Batch = ident.New(ident.Batch)
	req.Context.Accepted = []*stepv1.Acceptance{{Reason: string(problem.RollbackMixed), By: "ann"}}
	b, err = h.restore(req)
	require.NoError(t, err)

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	require.Equal(t, "ann", findingOf(t, b, problem.RollbackMixed, "").GetAcceptedBy())
	require.Len(t, b.GetAccepted(), 1)
	require.Contains(t, b.GetLiveStays(), "lines (nothing of it was known then)")
}
