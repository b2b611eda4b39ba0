package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// Rows that other hands took out of live are told, and switch the guard off for nobody: what
// the file cannot have brought back of them is counted as missing.
func TestRowsThatLiveLostAreMissed(t *testing.T) {
	t.Parallel()
	const lost = "public.customers has lost %d rows that it was left with"
	for name, tc := range map[string]struct {
		sql       string
		delivered files
		lost      int   // 0: nothing is said
		missing   int64 // 0: it is let in
	}{
		"nothing lost":                       {"select", manyCustomers(0, 60), 0, 0},
		"truncated, and an empty file":       {"truncate customers cascade", manyCustomers(0, 0), 100, 100},
		"truncated, and a file cut short":    {"truncate customers cascade", manyCustomers(0, 40), 100, 60},
		"truncated, and the whole file":      {"truncate customers cascade", manyCustomers(0, 100).with("orders.csv", "id,customer,amount,items,weight\n1,k0001,,,\n"), 100, 0},
		"truncated, and within the limit":    {"truncate customers cascade", manyCustomers(0, 50), 100, 0},
		"deleted what the file lacks":        {"delete from customers where id >= 'k0030'", manyCustomers(0, 30), 70, 70},
		"deleted some, others missing":       {"delete from customers where id < 'k0030'", manyCustomers(60, 40), 30, 60},
		"deleted some, new ones in place":    {"delete from customers where id < 'k0030'", manyCustomers(30, 100), 30, 0},
		"dropped, and a file cut short":      {"drop table customers cascade", manyCustomers(0, 40), 100, 60},
		"more than before":                   {"insert into customers select 'm' || n from generate_series(1, 50) n", manyCustomers(0, 60), 0, 90},
		"rows without a trace, but as many":  {"update customers set id = 'z' || id where id < 'k0010'", manyCustomers(10, 90), 0, 0},
		"what is not known to be left there": {"delete from customers where id >= 'k0030'; delete from sf_ingest.live", manyCustomers(0, 30), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			h.published(january, manyCustomers(0, 100))
			h.db.Exec(t, tc.sql)

			b := h.stage(february, tc.delivered)

			if tc.lost > 0 {
				f := findingOf(t, b, problem.DeparturesUnguarded, "customers")
				require.Contains(t, f.GetMessage(), fmt.Sprintf(lost, tc.lost))
				require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
				require.EqualValues(t, tc.lost, f.GetCount())
			} else {
				require.NotContains(t, b.String(), "has lost")
			}
			if tc.missing > 0 {
				require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
				require.Equal(t, tc.missing, findingOf(t, b, problem.DeparturesOverLimit, "customers").GetCount())
				return
			}
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
			_, err := h.publish(b.GetId())
			require.NoError(t, err)
		})
	}
}

// Whoever departed is live's no more than in name: that such rows are taken out loses nothing,
// and what was erased was left so.
func TestRowsThatAreNotMissed(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(h *house){
		"departed, and deleted by hand": func(h *house) { h.db.Exec(t, "delete from customers where id < 'k0040'") },
		"erased": func(h *house) {
			keys := make([]string, 45)
			for i := range keys {
				keys[i] = fmt.Sprintf("k%04d", 40+i)
			}
			h.erased("customers", keys...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			h.published(january, manyCustomers(0, 100))
			h.published(february, manyCustomers(40, 60))
			take(h)

			b := h.stage(march, manyCustomers(85, 20))

			require.NotContains(t, b.String(), "has lost", strings.TrimSpace(name))
		})
	}
}
