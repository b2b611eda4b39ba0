package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// stale lists the findings of stale files: the table, or * for the delivery, and the weight.
func stale(b *ingestv1.Batch) []string {
	var out []string
	for _, f := range b.GetFindings() {
		if f.GetReason() == "STALE_EXTRACT" {
			table := f.GetTable()
			if table == "" {
				table = "*"
			}
			out = append(out, table+" "+strings.TrimPrefix(f.GetSeverity().String(), "SEVERITY_"))
		}
	}
	return out
}

func TestWhatStaleFilesWeigh(t *testing.T) {
	t.Parallel()
	of := func(dataset string) string { return strings.Replace(shop, "tables:", "stale: "+dataset+"\ntables:", 1) }
	table := func(yaml, weight string) string {
		return strings.Replace(yaml, "  - name: orders\n", "  - name: orders\n    stale: "+weight+"\n", 1)
	}
	changed := goods.with("lines.csv", goods["lines.csv"]+"3,1,9\n")
	for name, tc := range map[string]struct {
		yaml  string
		files files
		want  []string
		state ingestv1.BatchState
	}{
		"all":                         {shop, goods, []string{"* CRITICAL"}, ingestv1.BatchState_BATCH_STATE_REJECTED},
		"all, an error as declared":   {of("error"), goods, []string{"* CRITICAL"}, ingestv1.BatchState_BATCH_STATE_REJECTED},
		"all, a warning":              {of("warning"), goods, []string{"* WARNING"}, ingestv1.BatchState_BATCH_STATE_STAGED},
		"all, a note":                 {of("note"), goods, []string{"customers INFO", "orders INFO", "lines INFO"}, ingestv1.BatchState_BATCH_STATE_STAGED},
		"all, and a table's own":      {table(of("warning"), "error"), goods, []string{"* WARNING", "orders CRITICAL"}, ingestv1.BatchState_BATCH_STATE_REJECTED},
		"some":                        {shop, changed, []string{"customers INFO", "orders INFO"}, ingestv1.BatchState_BATCH_STATE_STAGED},
		"some, one of them a warning": {table(shop, "warning"), changed, []string{"customers INFO", "orders WARNING"}, ingestv1.BatchState_BATCH_STATE_STAGED},
		"some, one of them an error":  {table(shop, "error"), changed, []string{"customers INFO", "orders CRITICAL"}, ingestv1.BatchState_BATCH_STATE_REJECTED},
		"none":                        {shop, second, nil, ingestv1.BatchState_BATCH_STATE_STAGED},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, tc.yaml)
			h.published(january, goods)

			b := h.stage(february, tc.files)

			require.Equal(t, tc.want, stale(b), "%v", b.GetFindings())
			require.Equal(t, tc.state, b.GetState())
		})
	}
}

func TestAWholeStaleDeliverySaysWhoseItIs(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)

	f := h.stage(february, goods).GetFindings()[0]

	require.Equal(t, datasetv1.Severity_SEVERITY_CRITICAL, f.GetSeverity())
	require.Equal(t, "3 files: expected files made for 2024-02-29, found the same, byte for byte, as last published for 2024-01-31: customers.csv, orders.csv and lines.csv", f.GetMessage())
	require.EqualValues(t, 3, f.GetCount())
	require.Contains(t, f.GetAction(), "--accept STALE_EXTRACT")
}

// Two months without rows are no wrong folder.
func TestFilesWithoutRowsAreNotStale(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone())

	b := h.stage(february, everyone())

	require.Empty(t, b.GetFindings())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
}

// What was accepted and published is not judged again when it is delivered again.
func TestAnAcceptedStaleDeliveryStands(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.accepted = []*stepv1.Acceptance{acceptance("STALE_EXTRACT", "")}
	b := h.published(february, goods)
	require.Equal(t, []string{"* INFO"}, stale(b))
	require.Equal(t, "ann", b.GetAccepted()[0].GetBy())
	h.accepted = nil

	again := h.published(february, goods)
	require.NotEmpty(t, again.GetSameAs())
	req := h.request(february, h.deliver("again", goods))
	req.Force = true
	forced, err := h.stageRequest(req)

	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, forced.GetState(), "%v", forced.GetFindings())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, h.stage(march, goods).GetState(), "for that run alone")
}

// Who accepts one table's file of a delivery that is stale as a whole is told what is
// too much in the flag.
func TestAWholeStaleDeliveryIsNotAcceptedByATable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		accepted []*stepv1.Acceptance
		want     string // the end of the action
	}{
		"nothing":        {nil, "declares stale: note."},
		"another reason": {[]*stepv1.Acceptance{acceptance("DEPARTURES_OVER_LIMIT", "orders")}, "declares stale: note."},
		"a table": {[]*stepv1.Acceptance{acceptance("DEPARTURES_OVER_LIMIT", ""), acceptance("STALE_EXTRACT", "orders")},
			" What you accepted, STALE_EXTRACT:orders, is that of orders alone: drop `:orders` to accept the delivery as a whole."},
		"a table, of another run": {[]*stepv1.Acceptance{{Reason: "STALE_EXTRACT", Table: "orders", FromRun: "run_1", By: "ann"}},
			" What run_1 found and you accepted is that of orders alone, and not the delivery as a whole."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			h.published(january, goods)
			h.accepted = tc.accepted

			b := h.stage(february, goods)

			require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
			f := b.GetFindings()[0]
			require.Empty(t, f.GetTable())
			require.True(t, strings.HasSuffix(f.GetAction(), tc.want), f.GetAction())
			require.Empty(t, b.GetAccepted())
		})
	}
}
