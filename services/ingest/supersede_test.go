package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// unguarded lets the same files pass under other dates, of which these tests are full.
const unguarded = "stale: note\n"

// corrected publishes files that supersede what is published of the as_of, and checks
// that a plan had said the same.
func (h *house) corrected(asOf string, f files) *ingestv1.Batch {
	h.t.Helper()
	h.supersede = true
	defer func() { h.supersede = false }()
	b := h.stage(asOf, f)
	require.Equal(h.t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	planned, err := h.plan(b.GetId())
	require.NoError(h.t, err)
	r, err := h.publish(b.GetId())
	require.NoError(h.t, err)
	for i, c := range planned.GetCounts() {
		c.Columns = nil
		require.Equal(h.t, r.GetBatch().GetCounts()[i].String(), c.String(), "the plan and what was done")
	}
	require.Equal(h.t, heldKeys(&ingestv1.Batch{Findings: planned.GetFindings()}), heldKeys(r.GetBatch()))
	return r.GetBatch()
}

func (h *house) people() string {
	h.t.Helper()
	return strings.Join(h.db.Rows(h.t, "select id from people order by id"), " ")
}

// requireStanding checks that the live tables are recorded as they are left.
func (h *house) requireStanding(table string) {
	h.t.Helper()
	require.Equal(h.t, h.db.Rows(h.t, "select count(*) from "+table), h.db.Rows(h.t, "select rows from sf_ingest.live where table_name = $1", table))
}

func TestWhatOnlyTheSupersededDeliveryBroughtIsWithdrawn(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(20)...))
	h.published(february, everyone(append(upTo(20), 31, 32)...))

	b := h.corrected(february, everyone(append(upTo(19), 33)...))

	require.Equal(t, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 33", h.people())
	c := counts(b, "people")
	require.EqualValues(t, 2, c.GetWithdrawn(), "31 and 32")
	require.EqualValues(t, 1, c.GetDeparted(), "20 was there before")
	require.EqualValues(t, 1, c.GetInserted())
	require.EqualValues(t, 19, c.GetUnchanged())
	require.Zero(t, c.GetDeleted())
	require.Equal(t, []string{"people|20|2024-02-29"}, h.ledger())
	h.requireStanding("people")
}

// The first as_of made the table: every key came with it.
func TestTheFirstDeliveryIsCorrected(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(12)...))

	b := h.corrected(january, everyone(upTo(10)...))

	require.EqualValues(t, 2, counts(b, "people").GetWithdrawn())
	require.Zero(t, counts(b, "people").GetDeparted())
	require.Equal(t, "1 2 3 4 5 6 7 8 9 10", h.people())
	require.Empty(t, h.ledger())
	require.Empty(t, h.db.Rows(t, "select key from sf_ingest.brought"))
}

// Whatever came with the as_of goes, with whichever of its deliveries it came, and also
// where a delivery after it lacked it already.
func TestEveryDeliveryOfTheAsOfIsSuperseded(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(20)...))
	h.published(february, everyone(append(upTo(20), 31)...))
	h.corrected(february, everyone(append(upTo(20), 31, 32)...))
	h.published(february, everyone(append(upTo(20), 32)...))
	require.Equal(t, []string{"people|31|2024-02-29"}, h.ledger(), "a delivery that supersedes nothing withdraws nothing")

	b := h.corrected(february, everyone(upTo(19)...))

	require.EqualValues(t, 2, counts(b, "people").GetWithdrawn())
	require.EqualValues(t, 1, counts(b, "people").GetDeparted(), "20")
	require.Equal(t, []string{"people|20|2024-02-29"}, h.ledger())
	require.Equal(t, strings.Join(h.db.Rows(t, "select generate_series(1, 20)"), " "), h.people())
	require.Empty(t, h.db.Rows(t, "select key from sf_ingest.brought"))
}

// Once live holds a later as_of, what the one before it brought is everybody's.
func TestALaterAsOfBeginsAnew(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(20)...))
	h.published(february, everyone(append(upTo(20), 31)...))
	require.Equal(t, []string{"{31}"}, h.db.Rows(t, "select key from sf_ingest.brought"))
	h.published(march, everyone(append(upTo(20), 31, 32)...))
	require.Equal(t, []string{"{32}"}, h.db.Rows(t, "select key from sf_ingest.brought"))

	b := h.corrected(march, everyone(upTo(20)...))

	require.EqualValues(t, 1, counts(b, "people").GetWithdrawn(), "32")
	require.EqualValues(t, 1, counts(b, "people").GetDeparted(), "31")
	require.Contains(t, h.people(), "31")
}

func TestChildrenAreWithdrawnBeforeTheirParents(t *testing.T) {
	t.Parallel()
	for name, yaml := range map[string]string{"kept": shop, "deleted": deleting} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, yaml+unguarded)
			h.published(january, goods)
			wrong := goods.with("customers.csv", goods["customers.csv"]+"c9,,,\n").
				with("orders.csv", strings.Replace(goods["orders.csv"], "1,c1,", "1,c9,", 1)+"9,c9,1,1,1\n").
				with("lines.csv", goods["lines.csv"]+"9,1,5\n")
			h.published(february, wrong)
			before := h.live()
			require.Len(t, before["customers"], 4)

			b := h.corrected(february, goods)

			require.Len(t, h.live()["customers"], 3)
			require.Equal(t, []string{"1|c1", "2|c2", "3|c1"}, h.db.Rows(t, "select id, customer from orders order by id"), "order 1 is c1's again before c9 goes")
			for _, table := range []string{"customers", "orders", "lines"} {
				require.EqualValues(t, 1, counts(b, table).GetWithdrawn(), table)
				require.Zero(t, counts(b, table).GetDeparted()+counts(b, table).GetDeleted(), table)
				h.requireStanding(table)
			}
		})
	}
}

// Keys are compared as values: 1.50 is 1.5.
func TestWithdrawnKeysAreValues(t *testing.T) {
	t.Parallel()
	h := open(t, `
name: prices
calendar: {period: month_end}
tables:
  - {name: prices, departed_limit: 0.9, key: [price, "at"], columns: [{name: price, type: numeric}, {name: "at", type: timestamptz}, {name: note, type: text, optional: true}]}
`)
	row := func(rows ...string) files {
		return files{"prices.csv": "price,at\n" + strings.Join(rows, "\n") + "\n"}
	}
	h.published(january, row("1,2024-01-01T00:00:00Z"))
	h.published(february, row("1,2024-01-01T00:00:00Z", "1.50,2024-01-01T00:00:00Z", "2.50,2024-01-01T01:00:00+01:00"))

	b := h.corrected(february, row("1.0,2024-01-01T01:00:00+01:00", "1.5,2024-01-01T00:00:00Z"))

	require.EqualValues(t, 1, counts(b, "prices").GetWithdrawn())
	require.Equal(t, []string{"1.0", "1.5"}, h.db.Rows(t, "select trim_scale(price)::text from prices where price <> 1 union select '1.0' from prices where price = 1 order by 1"))
}

// A correction is held to what it corrects: it may be cut short like any delivery.
func TestACorrectionOfWhatLiveHoldsIsHeldToIt(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(20)...))
	h.published(february, everyone(upTo(100)...))
	h.supersede = true

	b := h.stage(february, everyone(upTo(20)...))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	f := findingOf(t, b, problem.DeparturesOverLimit, "people")
	require.EqualValues(t, 80, f.GetCount())
	require.Contains(t, f.GetMessage(), "of the 100 rows of 2024-02-29")
	h.accepted = []*stepv1.Acceptance{{Reason: "DEPARTURES_OVER_LIMIT", Table: "people", By: "a test"}}
	done := h.corrected(february, everyone(upTo(20)...))
	require.EqualValues(t, 80, counts(done, "people").GetWithdrawn())
	require.Len(t, strings.Fields(h.people()), 20)
}

// An as_of that live has passed is compared with the snapshot of itself, and live stays.
func TestAnOlderAsOfIsComparedWithItself(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(100)...))
	h.published(february, everyone(upTo(100)...))
	h.db.Exec(t, "create table people_snapshots as select id, date '2024-01-31' as as_of from people; grant select on people_snapshots to sf_reader")
	h.supersede = true
	stage := func(f files) *ingestv1.Batch {
		req := h.request(january, h.deliver("january_again", f))
		req.Earlier = []*ingestv1.EarlierState{{
			Table: "people", AsOf: january, Relation: relation.Relation{Schema: "public", Name: "people_snapshots"}.Proto(), Rows: 100,
		}}
		b, err := h.stageRequest(req)
		require.NoError(t, err)
		return b
	}

	cut := stage(everyone(upTo(50)...))
	whole := stage(everyone(upTo(90)...))

	require.Contains(t, findingOf(t, cut, problem.DeparturesOverLimit, "people").GetMessage(), "of the 100 rows of the snapshot of 2024-01-31")
	r, err := h.publish(whole.GetId())
	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_BACKFILLED, r.GetBatch().GetState())
	require.Len(t, strings.Fields(h.people()), 100)
}

// What was published before keys were recorded is said, and nothing is withdrawn.
func TestWhatWasNotRecordedIsSaid(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(20)...))
	h.published(february, everyone(append(upTo(20), 31)...))
	h.db.Exec(t, "truncate sf_ingest.brought, sf_ingest.brought_table") // as an older version left it

	b := h.corrected(february, everyone(upTo(20)...))

	f := findingOf(t, b, problem.WithdrawalsUnknown, "")
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, f.GetSeverity())
	require.Contains(t, f.GetMessage(), "2024-02-29 brought into people")
	require.Zero(t, counts(b, "people").GetWithdrawn())
	require.EqualValues(t, 1, counts(b, "people").GetDeparted())
	h.published(march, everyone(append(upTo(20), 31, 32)...))
	again := h.corrected(march, everyone(append(upTo(20), 31)...))
	for _, f := range again.GetFindings() {
		require.NotEqual(t, string(problem.WithdrawalsUnknown), f.GetReason(), "from the next as_of on it is known")
	}
	require.EqualValues(t, 1, counts(again, "people").GetWithdrawn())
}

func TestATriggerThatKeepsWithdrawnRowsIsNamed(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(20)...))
	h.published(february, everyone(append(upTo(20), 31)...))
	h.db.Exec(t, `create function public.stay() returns trigger language plpgsql as 'begin return null; end';
		create trigger stay before delete on people for each row execute function public.stay()`)
	h.supersede = true
	b := h.stage(february, everyone(append(upTo(20), 32)...))

	_, err := h.publish(b.GetId())

	requireReason(t, problem.LiveTableDiffers, err)
	require.ErrorContains(t, err, "expected 1 rows to be withdrawn, and 0 were")
	require.NotContains(t, h.people(), "32")
	h.db.Exec(t, "alter table people disable trigger stay; create trigger tell after delete on people for each row execute function public.stay()")
	h.corrected(february, everyone(append(upTo(20), 32)...)) // one that leaves the rows alone is no obstacle
	require.Equal(t, strings.Join(h.db.Rows(t, "select generate_series(1, 20)"), " ")+" 32", h.people())
}

// The same files again are those of the batch that was staged, however often they come.
func TestWhoseRowsTheSameFilesAre(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	first := h.published(january, everyone(upTo(3)...))
	require.Empty(t, first.GetOrigin())

	second := h.published(january, everyone(upTo(3)...))
	third := h.published(january, everyone(upTo(3)...))

	require.Equal(t, []string{first.GetId(), first.GetId()}, []string{second.GetSameAs(), second.GetOrigin()})
	require.Equal(t, []string{second.GetId(), first.GetId()}, []string{third.GetSameAs(), third.GetOrigin()})
	fourth := h.corrected(january, everyone(upTo(4)...))
	require.Empty(t, fourth.GetOrigin())
	require.Equal(t, fourth.GetId(), h.published(january, everyone(upTo(4)...)).GetOrigin())
}

// What is listed is told by the names that the key had, and by those that it has.
func TestWithdrawnKeysOutliveARename(t *testing.T) {
	t.Parallel()
	h := open(t, shop+unguarded)
	h.published(january, goods)
	h.published(february, goods.with("customers.csv", goods["customers.csv"]+"c9,,,\n"))
	h.grow(called + unguarded)
	h.supersede = true
	b := h.stage(february, calledGoods)

	planned, err := h.plan(b.GetId())
	require.NoError(t, err)
	_, err = h.expand(false, false)
	require.NoError(t, err)
	done, err := h.publish(b.GetId())

	require.NoError(t, err)
	require.EqualValues(t, 1, counts(done.GetBatch(), "customers").GetWithdrawn())
	for _, c := range planned.GetCounts() {
		require.Equal(t, counts(done.GetBatch(), c.GetTable()).GetWithdrawn(), c.GetWithdrawn(), c.GetTable())
	}
	require.Equal(t, []string{"c1", "c2", "c3", "c4"}, h.db.Rows(t, "select client from customers order by 1"))
	for _, f := range b.GetFindings() {
		require.NotEqual(t, string(problem.WithdrawalsUnknown), f.GetReason())
	}
}

// Files that say nothing leave what those before them brought; as a correction they take it
// back, and are not called unchanged while something is left.
func TestTheSameFilesWithdrawWhatIsLeft(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	h.published(january, everyone(upTo(20)...))
	h.published(february, everyone(append(upTo(20), 31)...))
	h.published(february, everyone(upTo(20)...))
	require.NotEmpty(t, h.published(february, everyone(upTo(20)...)).GetSameAs(), "who says nothing changes nothing")

	b := h.corrected(february, everyone(upTo(20)...))

	require.Empty(t, b.GetSameAs())
	require.EqualValues(t, 1, counts(b, "people").GetWithdrawn())
	require.NotContains(t, h.people(), "31")
	require.NotEmpty(t, h.corrected(february, everyone(upTo(20)...)).GetSameAs())
}

// A batch that was published and never stamped is gone back behind: what it alone brought is
// withdrawn. Whose content history holds is told by where the rows came from first.
func TestWhatWasNeverStampedIsWithdrawn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stamped   func(right, wrong *ingestv1.Batch) string
		never     bool
		withdrawn int64
	}{
		"the batch before is stamped": {func(right, _ *ingestv1.Batch) string { return right.GetId() }, false, 1},
		"it is stamped itself":        {func(_, wrong *ingestv1.Batch) string { return wrong.GetId() }, false, 0},
		"nothing is":                  {func(_, _ *ingestv1.Batch) string { return "" }, true, 1},
		"nobody knows":                {func(_, _ *ingestv1.Batch) string { return "" }, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, crowd+unguarded)
			h.published(january, everyone(upTo(20)...))
			right := h.published(february, everyone(append(upTo(20), 30)...))
			wrong := h.corrected(february, everyone(append(upTo(20), 31)...))
			h.published(february, everyone(append(upTo(20), 31)...)) // the same files again are that batch's
			h.stamped, h.neverStamped = tc.stamped(right, wrong), tc.never
			b := h.stage(february, everyone(append(upTo(20), 30)...))

			planned, err := h.plan(b.GetId())
			require.NoError(t, err)
			done, err := h.publish(b.GetId())

			require.NoError(t, err)
			require.Equal(t, tc.withdrawn, counts(planned, "people").GetWithdrawn())
			require.Equal(t, tc.withdrawn, counts(done.GetBatch(), "people").GetWithdrawn())
			require.Equal(t, 1-tc.withdrawn, counts(done.GetBatch(), "people").GetDeparted())
			require.Equal(t, tc.withdrawn == 0, strings.Contains(h.people(), "31"))
		})
	}
}

// A file that is cut short takes nothing back either: what would be withdrawn counts among
// those that depart, unless somebody says that the files are a correction.
func TestWhatWasNeverStampedIsGuarded(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(20)...))
	h.neverStamped = true
	b := h.stage(january, everyone(upTo(5)...))
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	require.Equal(t, string(problem.DeparturesOverLimit), b.GetFindings()[0].GetReason())

	b = h.stage(january, everyone(upTo(17)...))
	h.db.Exec(t, "insert into people select id + 20, name from people")
	_, err := h.publish(b.GetId())

	require.True(t, problem.Is(err, problem.DeparturesOverLimit), "%v", err)
	require.ErrorContains(t, err, "found 23 keys")
	require.Contains(t, h.people(), "20")
}

// Live of a later as_of is nobody's to go back behind.
func TestAnOlderAsOfThatWasNeverStampedWithdrawsNothing(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	right := h.published(january, everyone(upTo(20)...))
	h.corrected(january, everyone(append(upTo(20), 31)...))
	h.published(february, everyone(append(upTo(20), 31)...))
	h.stamped = right.GetId()

	b := h.published(january, everyone(upTo(20)...))

	require.Zero(t, counts(b, "people").GetWithdrawn())
	require.Contains(t, h.people(), "31")
}
