package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// heldKeys are, by table, the keys that are not withdrawn since rows refer to them.
func heldKeys(b *ingestv1.Batch) map[string]string {
	held := map[string]string{}
	for _, f := range b.GetFindings() {
		if f.GetReason() != string(problem.WithdrawalsHeld) {
			continue
		}
		var keys []string
		for _, r := range f.GetRows() {
			keys = append(keys, strings.Join(r.GetKey(), ","))
		}
		held[f.GetTable()] = strings.Join(keys, " ")
	}
	return held
}

// An order that was there before came to a customer who is withdrawn, and departs itself:
// its customer stays, and departs with it.
func TestAParentOfARowThatStaysIsNotWithdrawn(t *testing.T) {
	t.Parallel()
	h := open(t, shop+unguarded)
	h.published(january, goods)
	wrong := goods.with("customers.csv", goods["customers.csv"]+"c8,,,\nc9,,,\n").
		with("orders.csv", strings.Replace(goods["orders.csv"], "3,c1,", "3,c9,", 1)+"7,c8,1,1,1\n")
	h.published(february, wrong)

	b := h.corrected(february, goods.with("orders.csv", strings.Replace(goods["orders.csv"], "3,c1,,,\n", "", 1)))

	require.Equal(t, []string{"c1", "c2", "c3", "c9"}, h.db.Rows(t, "select id from customers order by 1"), "c8 is withdrawn with its order")
	require.Equal(t, []string{"1|c1", "2|c2", "3|c9"}, h.db.Rows(t, "select id, customer from orders order by 1"))
	require.EqualValues(t, 1, counts(b, "customers").GetWithdrawn())
	require.EqualValues(t, 1, counts(b, "customers").GetDeparted())
	require.EqualValues(t, 1, counts(b, "orders").GetWithdrawn())
	require.Equal(t, map[string]string{"customers": "c9"}, heldKeys(b))
	f := findingOf(t, b, problem.WithdrawalsHeld, "customers")
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, f.GetSeverity())
	require.EqualValues(t, 1, f.GetCount())
	require.Contains(t, f.GetMessage(), "not withdrawn from customers: 1 key that")
	require.Equal(t, []string{"customers|c9|2024-02-29", "orders|3|2024-02-29"}, h.ledger())
	h.requireStanding("customers")

	// Once nothing refers to it, it goes.
	again := h.corrected(february, goods)

	require.EqualValues(t, 1, counts(again, "customers").GetWithdrawn())
	require.Empty(t, heldKeys(again))
	require.Equal(t, []string{"c1", "c2", "c3"}, h.db.Rows(t, "select id from customers order by 1"))
	require.Empty(t, h.ledger())
	require.Empty(t, h.db.Rows(t, "select key from sf_ingest.brought"))
}

// A line that stays holds its order, which only the superseded delivery brought, and that
// its customer.
func TestWhatIsHeldHoldsItsOwnParent(t *testing.T) {
	t.Parallel()
	h := open(t, strings.Replace(shop, "key: [order_id, place]", "key: [place]", 1)+unguarded)
	first := goods.with("lines.csv", "order_id,place,price\n1,1,1\n1,2,2\n2,3,7\n")
	h.published(january, first)
	h.published(february, first.with("customers.csv", goods["customers.csv"]+"c8,,,\nc9,,,\n").
		with("orders.csv", goods["orders.csv"]+"8,c8,1,1,1\n9,c9,1,1,1\n").
		with("lines.csv", "order_id,place,price\n1,1,1\n9,2,2\n8,3,7\n"))

	b := h.corrected(february, first.with("lines.csv", "order_id,place,price\n1,1,1\n2,3,7\n"))

	require.Equal(t, map[string]string{"customers": "c9", "orders": "9"}, heldKeys(b))
	require.Equal(t, []string{"1|c1", "2|c2", "3|c1", "9|c9"}, h.db.Rows(t, "select id, customer from orders order by 1"))
	require.Equal(t, []string{"1|1", "2|9", "3|2"}, h.db.Rows(t, "select place, order_id from lines order by 1"))
	for _, table := range []string{"customers", "orders"} {
		require.EqualValues(t, 1, counts(b, table).GetWithdrawn(), table)
		require.EqualValues(t, 1, counts(b, table).GetDeparted(), table)
	}
}

// In a table that refers to itself a row holds the whole chain above it.
func TestAChainOfOneTableIsHeld(t *testing.T) {
	t.Parallel()
	h := open(t, strings.Replace(staff, "    departed_keys: delete\n", "", 1)+unguarded)
	h.published(january, people("1,,", "2,1,", "3,1,"))
	// 10 to 13 are above 2; 20 is above 3, which is delivered again; 30 is above nobody
	// who stays, 31 its own boss.
	h.published(february, people("1,,", "2,10,1", "3,20,", "10,11,12", "11,,", "12,13,12", "13,,", "20,11,", "30,,", "31,31,30"))

	b := h.corrected(february, people("1,,", "3,1,"))

	require.Equal(t, map[string]string{"people": "10 11 12 13"}, heldKeys(b))
	require.EqualValues(t, 3, counts(b, "people").GetWithdrawn())
	require.EqualValues(t, 5, counts(b, "people").GetDeparted())
	require.Equal(t, []string{"1|0", "2|10", "3|1", "10|11", "11|0", "12|13", "13|0"}, h.db.Rows(t, "select id, coalesce(boss, 0) from people order by id"))
	h.requireStanding("people")
}

// Tables whose departed rows are deleted keep none that could hold another.
func TestWhatIsDeletedHoldsNothing(t *testing.T) {
	t.Parallel()
	h := open(t, deleting+unguarded)
	h.published(january, goods)
	h.published(february, goods.with("customers.csv", goods["customers.csv"]+"c9,,,\n").
		with("orders.csv", strings.Replace(goods["orders.csv"], "3,c1,", "3,c9,", 1)))

	b := h.corrected(february, goods.with("orders.csv", strings.Replace(goods["orders.csv"], "3,c1,,,\n", "", 1)))

	require.Empty(t, heldKeys(b))
	require.EqualValues(t, 1, counts(b, "customers").GetWithdrawn())
	require.EqualValues(t, 1, counts(b, "orders").GetDeleted())
	require.Equal(t, []string{"c1", "c2", "c3"}, h.db.Rows(t, "select id from customers order by 1"))
}

// A plan looks through a rename that no run has carried out, and names what it holds.
func TestWhatIsHeldIsToldThroughARename(t *testing.T) {
	t.Parallel()
	h := open(t, shop+unguarded)
	h.published(january, goods)
	h.published(february, goods.with("customers.csv", goods["customers.csv"]+"c9,,,\n").
		with("orders.csv", strings.Replace(goods["orders.csv"], "3,c1,", "3,c9,", 1)))
	h.grow(called + unguarded)
	h.supersede = true
	b := h.stage(february, calledGoods.with("orders.csv", strings.Replace(calledGoods["orders.csv"], "3,c1,,,\n", "", 1)))

	planned, err := h.plan(b.GetId())

	require.NoError(t, err)
	require.Len(t, planned.GetFindings(), 1)
	require.Equal(t, []string{"c9"}, planned.GetFindings()[0].GetRows()[0].GetKey())
	_, err = h.expand(false, false)
	require.NoError(t, err)
	done, err := h.publish(b.GetId())
	require.NoError(t, err)
	require.Equal(t, map[string]string{"customers": "c9"}, heldKeys(done.GetBatch()))
	require.Equal(t, planned.GetFindings()[0].String(), findingOf(t, done.GetBatch(), problem.WithdrawalsHeld, "customers").String())
}

// Of tables that the as_of itself made no list is asked: a correction of it withdraws all
// that it lacks.
func TestTheFirstAsOfIsCorrected(t *testing.T) {
	t.Parallel()
	h := open(t, shop+unguarded)
	h.published(january, goods.with("customers.csv", goods["customers.csv"]+"c8,,,\n").with("orders.csv", goods["orders.csv"]+"7,c8,1,1,1\n"))

	b := h.corrected(january, goods)

	require.EqualValues(t, 1, counts(b, "customers").GetWithdrawn())
	require.EqualValues(t, 1, counts(b, "orders").GetWithdrawn())
	require.Empty(t, heldKeys(b))
	require.Equal(t, []string{"c1", "c2", "c3"}, h.db.Rows(t, "select id from customers order by 1"))
}
