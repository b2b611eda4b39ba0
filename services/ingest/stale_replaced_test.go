package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// amended are the goods with another row in each file.
var amended = files{
	"customers.csv": goods["customers.csv"] + "c4,,,\n",
	"orders.csv":    goods["orders.csv"] + "4,c4,,,\n",
	"lines.csv":     goods["lines.csv"] + "4,1,2\n",
}

// What an as_of was published with and has no more is not forgotten: it is as stale under
// another as_of as what it has now.
func TestFilesThatWereReplacedElsewhereAreStale(t *testing.T) {
	t.Parallel()
	const replaced = "published for 2024-01-31 and replaced there since"
	for name, tc := range map[string]struct {
		before func(h *house)
		found  string
	}{
		"corrected":   {func(h *house) { h.published(january, goods); h.corrected(january, amended) }, replaced},
		"redelivered": {func(h *house) { h.published(january, goods); h.published(january, amended) }, replaced},
		"rolled back": {func(h *house) {
			first := h.published(january, amended)
			tables := h.kept()
			for _, kept := range tables {
				for _, p := range kept.GetParts() {
					p.Rows++ // than the goods have
				}
			}
			h.corrected(january, goods)
			h.supersede = true
			b, err := h.restore(h.restoreRequest(january, first.GetId(), tables))
			require.NoError(h.t, err)
			_, err = h.publish(b.GetId())
			require.NoError(h.t, err)
			h.supersede = false
		}, replaced},
		"given back": {func(h *house) {
			h.published(january, goods)
			h.corrected(january, amended)
			h.corrected(january, goods)
		}, "last published for 2024-01-31"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			tc.before(h)

			b := h.stage(february, goods)

			require.Equal(t, []string{"* CRITICAL"}, stale(b))
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
			f := b.GetFindings()[0]
			require.Equal(t, "3 files: expected files made for 2024-02-29, found the same, byte for byte, as "+tc.found+": customers.csv, orders.csv and lines.csv", f.GetMessage())
			require.Equal(t, tc.found == replaced, strings.Contains(f.GetAction(), "delivered for the wrong as_of then"), f.GetAction())
			require.Equal(t, january, b.GetFiles()[0].GetSameAsOf())
		})
	}
}

// A correction is as easily given another as_of's folder as a first delivery.
func TestACorrectionWithFilesThatWereReplacedElsewhere(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.corrected(january, amended)
	h.published(february, second)
	h.supersede = true

	replaced := h.stage(february, goods)
	some := h.stage(february, amended.with("orders.csv", goods["orders.csv"]).with("lines.csv", goods["lines.csv"]+"3,1,9\n"))
	h.accepted = []*stepv1.Acceptance{acceptance("STALE_EXTRACT", "")}
	accepted := h.stage(february, goods)

	require.Equal(t, []string{"* CRITICAL"}, stale(replaced))
	require.Equal(t, []string{"customers INFO", "orders INFO"}, stale(some))
	require.Equal(t, "customers.csv is the same, byte for byte, as the file of 2024-01-31", findingOf(t, some, "STALE_EXTRACT", "customers").GetMessage())
	require.Equal(t, "orders.csv is the same, byte for byte, as a file that was published for 2024-01-31 and has been replaced there since",
		findingOf(t, some, "STALE_EXTRACT", "orders").GetMessage())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, accepted.GetState(), "%v", accepted.GetFindings())
}

// One table's file is weighed as the table declares, whether or not it was replaced.
func TestATablesOwnWeightOfReplacedFiles(t *testing.T) {
	t.Parallel()
	h := open(t, strings.Replace(shop, "  - name: orders\n", "  - name: orders\n    stale: error\n", 1))
	h.published(january, goods)
	h.corrected(january, amended)

	b := h.stage(february, amended.with("orders.csv", goods["orders.csv"]).with("lines.csv", goods["lines.csv"]+"3,1,9\n"))

	require.Equal(t, []string{"customers INFO", "orders CRITICAL"}, stale(b))
	require.Contains(t, findingOf(t, b, "STALE_EXTRACT", "orders").GetAction(), "delivered for the wrong as_of then")
}

// The as_of's own earlier files come back as a correction whatever another as_of was once
// given; and with one file that it never had they are weighed again.
func TestItsOwnEarlierFilesAreNotStale(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.corrected(january, amended)
	require.Empty(t, stale(h.corrected(january, goods)), "nobody else had them")
	h.accepted = []*stepv1.Acceptance{acceptance("STALE_EXTRACT", "")}
	h.published(february, goods)
	h.accepted = nil
	h.corrected(february, goods.with("lines.csv", goods["lines.csv"]+"3,1,9\n"))
	h.supersede = true

	back := h.stage(february, goods)
	mixed := h.stage(february, amended.with("customers.csv", goods["customers.csv"]))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, back.GetState(), "%v", back.GetFindings())
	require.Equal(t, []string{"customers INFO", "orders INFO", "lines INFO"}, stale(back))
	require.Equal(t, []string{"* CRITICAL"}, stale(mixed), "two of January's were never February's")
}
