package ingest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// manyCustomers is a delivery of n customers from the first one on, without orders.
func manyCustomers(first, n int) files {
	var b strings.Builder
	b.WriteString("id,since,active,note\n")
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "k%04d,,,\n", i)
	}
	return files{"customers.csv": b.String(), "orders.csv": "id,customer,amount,items,weight\n", "lines.csv": "order_id,place,price\n"}
}

// Two deliveries that were each within the limit when they were staged may be over it
// together: whoever publishes second is judged by what the first one left.
func TestTwoGuardedDeliveriesAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, manyCustomers(0, 100))
	first := h.stage(february, manyCustomers(40, 60))
	second := h.stage(march, manyCustomers(0, 60).with("orders.csv", "id,customer,amount,items,weight\n1,k0001,,,\n"))
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, second.GetState(), "%v", second.GetFindings())

	_, err := h.publish(first.GetId())
	require.NoError(t, err)
	_, planErr := h.plan(second.GetId())
	_, err = h.publish(second.GetId())

	requireReason(t, problem.DeparturesOverLimit, planErr)
	requireReason(t, problem.DeparturesOverLimit, err)
	require.ErrorContains(t, err, "customers.csv: expected at most 50 % of the 60 rows of 2024-02-29 to be gone, found 40 keys that are not in it, 66.7 %")
	require.Equal(t, []string{"40"}, h.db.Rows(t, "select count(*) from sf_ingest.departed"), "the ledger is the first one's")
	require.Equal(t, []string{february}, h.db.Rows(t, "select as_of from sf_ingest.watermark"))
}

// Published at the same moment they take turns, and no more of them pass than would one
// after the other.
func TestGuardedPublishesAtTheSameMoment(t *testing.T) {
	t.Parallel()
	for range 3 {
		h := open(t, shop)
		h.published(january, manyCustomers(0, 100))
		batches := []*ingestv1.Batch{h.stage(february, manyCustomers(0, 50)), h.stage(march, manyCustomers(50, 50))}
		errs := make([]error, len(batches))
		var wg sync.WaitGroup
		for i, b := range batches {
			wg.Go(func() {
				_, errs[i] = h.publish(b.GetId())
			})
		}
		wg.Wait()

		// February after March is history, and judged no more; March after February lacks all
		// that February has.
		require.NoError(t, errs[0])
		if errs[1] == nil {
			require.Equal(t, []string{march}, h.db.Rows(t, "select as_of from sf_ingest.watermark"))
			require.Equal(t, []string{"BACKFILLED", "PUBLISHED"}, h.db.Rows(t, "select state from sf_ingest.batch where as_of > '2024-01-31' order by as_of"))
			continue
		}
		requireReason(t, problem.DeparturesOverLimit, errs[1])
		require.Equal(t, []string{february}, h.db.Rows(t, "select as_of from sf_ingest.watermark"))
	}
}

// A plan of a delivery that is stale as a whole is refused as its run would be, and one
// that weighs less is planned, with its warning.
func TestThePlanOfAStaleDelivery(t *testing.T) {
	t.Parallel()
	for stale, severity := range map[string]datasetv1.Severity{
		"error": datasetv1.Severity_SEVERITY_CRITICAL, "warning": datasetv1.Severity_SEVERITY_WARNING, "note": datasetv1.Severity_SEVERITY_INFO,
	} {
		h := open(t, strings.Replace(shop, "tables:", "stale: "+stale+"\ntables:", 1))
		h.published(january, goods)
		before := h.live()
		b := h.stage(february, goods)

		p, err := h.plan(b.GetId())

		require.NoError(t, err, stale)
		require.Equal(t, severity, b.GetFindings()[0].GetSeverity(), stale)
		require.Equal(t, january, p.GetWatermark())
		for _, table := range []string{"customers", "orders", "lines"} {
			require.Equal(t, january, counts(p, table).GetSameAsOf(), "%s %s", stale, table)
			requireCounts(t, p, table, &stepv1.TableCounts{Rows: 3, Unchanged: 3})
		}
		_, err = h.publish(b.GetId())
		if stale == "error" {
			requireReason(t, problem.BatchRejected, err)
		} else {
			require.NoError(t, err)
		}
		require.Equal(t, before, h.live())
	}
}

// BenchmarkDepartures stages a month of a million rows with and without its guard:
// over_unguarded is the ratio.
func BenchmarkDepartures(b *testing.B) {
	var text strings.Builder
	text.WriteString("user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,skips_7d,active\n")
	for i := range 1_000_000 {
		fmt.Fprintf(&text, "%07d-U,%d.48365076678741,29.14104464084511,3,4,True\n", (i*7919)%1_000_000, i%50)
	}
	month := files{"usage.csv": text.String()}
	h := open(b, usage)
	h.published(january, month)
	unguarded := parse(b, strings.Replace(usage, "    key:", "    departed_limit: 1\n    key:", 1))
	dir := h.deliver("next", month.with("usage.csv", text.String()+"x,1,1,1,1,True\n"))
	stage := func(d *datasetv1.Dataset) time.Duration {
		req := h.request(february, dir)
		req.Dataset = d
		begun := time.Now()
		batch, err := h.stageRequest(req)
		require.NoError(b, err)
		require.Equal(b, ingestv1.BatchState_BATCH_STATE_STAGED, batch.GetState())
		return time.Since(begun)
	}
	var with, without time.Duration
	for b.Loop() {
		without += stage(unguarded)
		with += stage(h.dataset)
	}
	b.ReportMetric(with.Seconds()/without.Seconds(), "over_unguarded")
	b.ReportMetric((with-without).Seconds()/float64(b.N), "guard_s")
}
