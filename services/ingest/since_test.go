package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// campaigns are collected since March; orders may name one.
const campaigns = `
name: shop
calendar: {period: month_end}
tables:
  - name: orders
    departed_limit: 0.5
    key: [id]
    references: [{columns: [campaign], table: campaigns}]
    columns: [{name: id, type: integer}, {name: campaign, type: text, optional: true}]
  - name: campaigns
    file: raw/campaigns.csv
    since: 2024-03-31
    departed_limit: 0.5
    key: [id]
    columns: [{name: id, type: text}]
`

// Before a table is collected no file is asked for, and what refers to it is not looked up.
// Nothing of it is made, and the live tables of others are.
func TestATableThatIsCollectedLater(t *testing.T) {
	t.Parallel()
	h := open(t, campaigns)

	b := h.published(january, files{"orders.csv": "id\n1\n"})
	later := h.published(march, files{"orders.csv": "id,campaign\n1,\n2,c1\n", "raw/campaigns.csv": "id\nc1\n"})

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, b.GetState())
	require.Equal(t, []string{"TABLE_NOT_COLLECTED campaigns"}, reasons(b))
	f := b.GetFindings()[0]
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, f.GetSeverity())
	require.Equal(t, "table campaigns is collected since 2024-03-31: there is nothing of it as of 2024-01-31; what orders says of it is not looked up", f.GetMessage())
	require.Len(t, b.GetTables(), 1, "there is nothing of campaigns")
	require.Len(t, b.GetFiles(), 1)
	require.Len(t, b.GetCounts(), 1)
	require.Empty(t, reasons(later))
	require.Len(t, later.GetTables(), 2)
	require.Equal(t, []string{"2"}, h.db.Rows(t, "select count(*)::text from public.orders"))
}

// What refers to nothing from that date on is refused, as ever.
func TestATableIsLookedUpFromItsDateOn(t *testing.T) {
	t.Parallel()
	h := open(t, campaigns)

	b := h.stage(march, files{"orders.csv": "id,campaign\n2,c9\n", "raw/campaigns.csv": "id\nc1\n"})

	require.Equal(t, []string{"ORPHANED_ROWS orders"}, reasons(b))
	require.Equal(t, []string{"FILE_MISSING campaigns"}, reasons(h.stage(march, files{"orders.csv": "id\n1\n"})))
}

// A file of a table that is not collected yet is not taken, and that is said: it may lie
// there since the table was collected all the same.
func TestAFileOfATableThatIsCollectedLater(t *testing.T) {
	t.Parallel()
	h := open(t, campaigns)
	for name, manifest := range map[string]string{
		"no manifest": "", "a manifest that lists it": `{"files": [{"name": "orders.csv"}, {"name": "raw/campaigns.csv"}]}`, "a manifest that does not": `{"files": [{"name": "orders.csv"}]}`,
	} {
		delivered := files{"orders.csv": "id,campaign\n1,c9\n", "raw/campaigns.csv": "id\nc1\nc1\n"}
		if manifest != "" {
			delivered["manifest.json"] = manifest
		}

		b := h.stage(january, delivered)

		require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), name)
		require.Equal(t, []string{"TABLE_NOT_COLLECTED campaigns"}, reasons(b), name)
		f := b.GetFindings()[0]
		require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity(), name)
		require.Equal(t, "raw/campaigns.csv", f.GetFile(), name)
		require.Contains(t, f.GetMessage(), "raw/campaigns.csv is not read: table campaigns is collected since 2024-03-31, and there is nothing of it as of 2024-01-31", name)
		require.Len(t, b.GetTables(), 1, name)
	}
}

// A month that was delivered before the table was declared is the same month afterwards, and
// one that lacks a file is not told that the later table's was meant.
func TestAMonthFromBeforeTheTableWasDeclared(t *testing.T) {
	t.Parallel()
	h := open(t, campaigns)
	first := h.published(january, files{"orders.csv": "id\n1\n"})

	again := h.stage(january, files{"orders.csv": "id\n1\n"})
	lost := h.stage(february, files{"raw/campaigns.csv": "id\nc1\n"})

	require.Equal(t, first.GetId(), again.GetSameAs())
	require.Equal(t, []string{"FILE_MISSING orders", "TABLE_NOT_COLLECTED campaigns"}, reasons(lost))
	for _, f := range lost.GetFindings() {
		if f.GetReason() == "FILE_MISSING" {
			require.Equal(t, "Deliver the file under this name.", f.GetAction())
		}
	}
}
