package ingest_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/dataset/datatest"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func openReal(t *testing.T) *house {
	t.Helper()
	return openDataset(t, builtin.Streamflow(), realPath(t, datatest.Folder(t, datatest.Real)))
}

func (h *house) publishedFrom(asOf, source string) *ingestv1.Batch {
	h.t.Helper()
	b, err := h.stageRequest(h.request(asOf, source))
	require.NoError(h.t, err)
	require.Equal(h.t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	r, err := h.publish(b.GetId())
	require.NoError(h.t, err)
	return r.GetBatch()
}

func TestTwoRealMonths(t *testing.T) {
	t.Parallel()
	h := openReal(t)
	tables := []string{"users", "subscriptions", "usage_agg_30d", "payments_agg_90d", "support_agg_90d", "labels"}

	first := h.publishedFrom(january, filepath.Join(h.root, "month_000"))
	for _, table := range tables {
		require.EqualValues(t, 7043, counts(first, table).GetInserted(), table)
		requireFile(t, h, filepath.Join(h.root, "month_000", table+".csv"), table)
	}
	require.Equal(t, []string{"1526"}, h.db.Rows(t, "select count(*) from subscriptions where plan_stream_tv is null and plan_stream_movies is null"))
	before := map[string][]string{}
	for _, table := range []string{"users", "subscriptions"} {
		before[table] = h.db.Rows(t, "select ctid, xmin from "+table+" order by user_id")
	}

	second := h.publishedFrom(february, filepath.Join(h.root, "month_001"))

	for _, table := range tables {
		c := counts(second, table)
		require.EqualValues(t, 7043, c.GetUpdated()+c.GetUnchanged(), table)
		require.Zero(t, c.GetInserted()+c.GetDeparted(), table)
		requireFile(t, h, filepath.Join(h.root, "month_001", table+".csv"), table)
	}
	for _, table := range []string{"users", "subscriptions"} {
		require.EqualValues(t, 7043, counts(second, table).GetUnchanged(), table)
		require.Equal(t, january, counts(second, table).GetSameAsOf(), table)
		require.Equal(t, before[table], h.db.Rows(t, "select ctid, xmin from "+table+" order by user_id"), "no row of %s is written", table)
	}
	require.EqualValues(t, 7043, counts(second, "usage_agg_30d").GetUpdated())
	var notices []string
	for _, f := range second.GetFindings() {
		notices = append(notices, f.GetMessage())
	}
	require.Contains(t, notices, "users.csv is the same, byte for byte, as the file of 2024-01-31")
	require.Contains(t, notices, "subscriptions.csv is the same, byte for byte, as the file of 2024-01-31")
}

// requireFile compares a live table with its file, value by value: numbers digit for
// digit, booleans by meaning, empty fields as NULL.
func requireFile(t *testing.T, h *house, file, table string) {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	records, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	want := map[string]bool{}
	for _, rec := range records[1:] {
		for i, v := range rec {
			switch v {
			case "True":
				rec[i] = "t"
			case "False":
				rec[i] = "f"
			case "":
				rec[i] = "<null>"
			}
		}
		want[strings.Join(rec, "|")] = true
	}
	got := h.db.Rows(t, "select "+strings.Join(records[0], ", ")+" from "+table)
	require.Len(t, got, len(records)-1, table)
	for _, row := range got {
		require.True(t, want[row], "%s has %s, which is not in its file", table, row)
	}
}

func TestTheSameMonthAgainWritesNothing(t *testing.T) {
	t.Parallel()
	h := openReal(t)
	source := filepath.Join(h.root, "month_000")
	first := h.publishedFrom(january, source)
	before := h.db.Rows(t, "select ctid, xmin from usage_agg_30d order by user_id")

	again, err := h.stageRequest(h.request(january, "file://"+source))
	require.NoError(t, err)

	require.Equal(t, first.GetId(), again.GetSameAs())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, again.GetState())
	r, err := h.publish(again.GetId())
	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, r.GetBatch().GetState())
	for _, c := range r.GetBatch().GetCounts() {
		require.EqualValues(t, 7043, c.GetUnchanged(), c.GetTable())
	}
	require.Equal(t, before, h.db.Rows(t, "select ctid, xmin from usage_agg_30d order by user_id"))
}
