package ingest_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest"
)

func TestStageRecordsTheDelivery(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.stage(january, goods.with("notes.txt", "not ours"))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	require.Equal(t, []string{"FILE_NOT_READ "}, reasons(b))
	require.Equal(t, "a test", b.GetRequestedBy())
	require.NotNil(t, b.GetCreatedAt())
	require.NotNil(t, b.GetStagedAt())
	require.Equal(t, h.version, b.GetDatasetVersion())
	require.Len(t, b.GetFiles(), 3)
	f := b.GetFiles()[0]
	require.Equal(t, "customers.csv", f.GetName())
	require.EqualValues(t, len(goods["customers.csv"]), f.GetSizeBytes())
	require.Len(t, f.GetSha256(), 64)
	require.Equal(t, []string{"id", "since", "active", "note"}, f.GetHeader())
	require.True(t, b.GetTables()[0].GetHasHeader())
	require.EqualValues(t, 3, counts(b, "orders").GetRows())
	require.EqualValues(t, len(goods["orders.csv"]), counts(b, "orders").GetBytes())
	require.Equal(t, []string{"1|c1|10.50|2|0.5|0|2", "2|c2|99999.99|3|0.001|0|3", "3|c1|<null>|<null>|<null>|0|4"},
		h.db.Rows(t, "select * from "+candidate(t, b, "orders")+" order by id"))
	require.Empty(t, h.db.Rows(t, "select from pg_tables where schemaname = 'public'"), "live tables are made by publish")
}

func TestCandidatesAreReadByThoseWhoNeedThem(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.stage(january, goods)

	for role, may := range map[string]bool{"sf_quality": true, "sf_snapshot": true, "sf_orchestrator": false, "sf_reader": false} {
		got := h.db.Rows(t, "select has_table_privilege($1, $2, 'select')", role, candidate(t, b, "orders"))
		require.Equal(t, map[bool][]string{true: {"t"}, false: {"f"}}[may], got, role)
	}
	require.Equal(t, []string{"u|t"}, h.db.Rows(t, "select relpersistence, reltuples = 3 from pg_class where oid = $1::text::regclass", candidate(t, b, "orders")))
}

func TestReadsWhatPeopleDeliver(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	for name, tc := range map[string]struct {
		customers string
		want      []string
	}{
		"columns in another order":    {"active,id,since\nTrue,c1,2020-01-31\nNO,c2,\n", []string{"c1|2020-01-31|t|<null>|2", "c2|<null>|f|<null>|3"}},
		"crlf, mark, no end":          {"\xef\xbb\xbfid,since,active\r\nc1,2020-01-31,1\r\nc2,,", []string{"c1|2020-01-31|t|<null>|2", "c2|<null>|<null>|<null>|3"}},
		"quotes, newlines and blanks": {"\"id\",since,active,note\n\nc1,,,\"a\nb\"\nc2,,,\"tab\there, \\N\"\n", []string{"c1|<null>|<null>|a\nb|3", "c2|<null>|<null>|tab\there, \\N|5"}},
		"other alphabets":             {"id,since,active,note\nc1,,,Zoë ☃\nc2,,,日本\n", []string{"c1|<null>|<null>|Zoë ☃|2", "c2|<null>|<null>|日本|3"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := h.stage(january, goods.with("customers.csv", tc.customers))

			require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
			require.Equal(t, tc.want, h.db.Rows(t, "select id, since, active, note, sf_line from "+candidate(t, b, "customers")+" order by id"))
		})
	}
}

func TestAFileOfManyPiecesIsStagedWhole(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	var lines strings.Builder
	lines.WriteString("order_id,place,price\n")
	for i := range 60_000 {
		lines.WriteString("1," + strconv.Itoa(i) + ",0.123456789012345678\n")
	}

	req := h.request(january, h.deliver("big", goods.with("lines.csv", lines.String())))
	stream, err := h.client.Stage(context.Background(), req)
	require.NoError(t, err)
	var phases []string
	b, _, err := last(stream, func(m *ingestv1.StageResponse) *ingestv1.Batch {
		if p := m.GetProgress(); p.GetTable() == "lines" {
			phases = append(phases, p.GetPhase())
			require.LessOrEqual(t, p.GetBytesDone(), int64(lines.Len()))
		}
		return m.GetResult().GetBatch()
	})

	require.NoError(t, err)
	require.EqualValues(t, 60_000, counts(b, "lines").GetRows())
	require.Equal(t, []string{"60000|60000|60001"},
		h.db.Rows(t, "select count(*), count(distinct place), max(sf_line) from "+candidate(t, b, "lines")))
	require.Contains(t, phases, "copy")
	require.Contains(t, phases, "check keys")
	require.Contains(t, phases, "check references")
}

func TestSourcesAreConfined(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	good := h.deliver("good", goods)
	outside := realPath(t, t.TempDir())
	require.NoError(t, os.WriteFile(filepath.Join(outside, "customers.csv"), []byte(goods["customers.csv"]), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(h.root, "way_out")))
	require.NoError(t, os.Symlink(good, filepath.Join(h.root, "alias")))
	for source, want := range map[string]problem.Reason{
		outside:                              problem.SourceNotAllowed,
		filepath.Join(h.root, "way_out"):     problem.SourceNotAllowed,
		h.root + "/good/../../elsewhere":     problem.SourceNotAllowed,
		"/etc":                               problem.SourceNotAllowed,
		h.root + "x":                         problem.SourceNotAllowed,
		filepath.Join(h.root, "nowhere"):     problem.SourceNotFound,
		good + "/orders.csv":                 problem.SourceNotFound,
		"good":                               problem.InvalidRequest,
		"s3://bucket/good":                   problem.InvalidRequest,
		"file://other-host" + good:           problem.InvalidRequest,
		good + "/../good/.":                  "",
		"file://" + good:                     "",
		filepath.Join(h.root, "alias") + "/": "",
	} {
		_, looked := h.client.CheckSource(t.Context(), &ingestv1.CheckSourceRequest{Source: source})
		b, err := h.stageRequest(h.request(january, source))
		if want == "" {
			require.NoError(t, looked, source)
			require.NoError(t, err, source)
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), source)
			continue
		}
		require.Error(t, err, source)
		requireReason(t, want, err)
		requireReason(t, want, looked)
		require.Equal(t, problem.FromError(err).Message, problem.FromError(looked).Message)
	}
}

func TestWithoutARootNothingIsRead(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	source := h.deliver("good", goods)
	h.client = serve(t, h.db.Pool(t, "sf_ingest"), ingest.Config{})

	_, err := h.stageRequest(h.request(january, source))

	requireReason(t, problem.SourceNotAllowed, err)
	require.ErrorContains(t, err, "start ingest with --source-root or SF_SOURCE_ROOTS")
	require.Empty(t, h.db.Rows(t, "select from sf_ingest.batch"))
}

func TestAManifestOfAnotherMonthIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	for manifest, want := range map[string]struct{ said, do string }{
		`{"dataset": "shop", "as_of": "2024-02-29"}`: {"as_of: manifest.json says 2024-02-29, and the run was asked for 2024-01-31",
			"Start the run with the as_of of the manifest, or give the folder of the as_of that was meant."},
		`{"dataset": "streamflow", "as_of": "2024-01-31"}`: {"dataset: manifest.json says streamflow, and the run was asked for shop",
			"Start the run with the dataset of the manifest, or give the folder of the dataset that was meant."},
		`{"dataset": "streamflow", "as_of": "2024-02-29"}`: {"dataset: manifest.json says streamflow, and the run was asked for shop",
			"Start the run with the as_of and the dataset of the manifest, or give the folder of the as_of and the dataset that was meant."},
	} {
		_, err := h.stageRequest(h.request(january, h.deliver("m", goods.with("manifest.json", manifest))))

		requireReason(t, problem.AsOfMismatch, err)
		require.ErrorContains(t, err, want.said)
		require.Equal(t, want.do, problem.FromError(err).Action())
	}
	require.Empty(t, h.db.Rows(t, "select from sf_ingest.batch"), "nothing is begun")
}

func TestAManifestThatAgreesIsQuiet(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	first := h.stage(january, goods)

	b := h.stage(january, goods.with("manifest.json", `{"dataset": "shop", "as_of": "2024-01-31", "meta": {"made_by": "a warehouse"},
		"files": [{"name": "customers.csv", "sha256": "`+first.GetFiles()[0].GetSha256()+`", "rows": 3, "bytes": 92}, {"name": "orders.csv"}, {"name": "lines.csv"}]}`))

	require.Empty(t, b.GetFindings())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
}

func TestAStaleFileIsSaid(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.published(february, goods.with("orders.csv", goods["orders.csv"]+"4,c1,1,1,1\n"))

	b := h.published(march, goods.with("orders.csv", goods["orders.csv"]+"5,c1,1,1,1\n"))

	require.Equal(t, []string{"STALE_EXTRACT customers", "STALE_EXTRACT lines"}, reasons(b))
	require.Equal(t, "customers.csv is the same, byte for byte, as the file of 2024-02-29", b.GetFindings()[0].GetMessage(), "the nearest earlier one")
	require.Equal(t, february, b.GetFiles()[0].GetSameAsOf())
	require.Equal(t, february, counts(b, "customers").GetSameAsOf())
	require.Empty(t, counts(b, "orders").GetSameAsOf())
}

func TestOnlySomeTables(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	req := h.request(january, h.deliver("some", files{"orders.csv": goods["orders.csv"]}))

	req.Tables = []string{"orders"}
	b, err := h.stageRequest(req)
	require.NoError(t, err)
	require.Empty(t, b.GetFindings(), "a parent that was not asked for says nothing about its children")
	require.Len(t, b.GetTables(), 1)

	req = h.request(january, req.GetSource())
	req.Tables = []string{"orders", "nothing"}
	_, err = h.stageRequest(req)
	requireReason(t, problem.InvalidRequest, err)
}

func TestABatchKnowsThatItIsOnlyPlanned(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	req := h.request("2024-01-31", h.deliver("jan", goods))
	req.Context.Plan = true
	staged, err := h.stageRequest(req)
	require.NoError(t, err)
	require.True(t, staged.GetPlan())
	_, err = h.client.Discard(t.Context(), &ingestv1.DiscardRequest{Context: h.context(), Batch: staged.GetId()})
	require.NoError(t, err)
	h.stage("2024-02-29", goods)

	list, err := h.client.ListBatches(t.Context(), &ingestv1.ListBatchesRequest{Dataset: h.dataset.GetName()})
	require.NoError(t, err)

	require.Len(t, list.GetBatches(), 2)
	require.False(t, list.GetBatches()[0].GetPlan())
	require.True(t, list.GetBatches()[1].GetPlan(), "also once it is discarded")
}

func TestAnInvalidDatasetIsRefusedWithEveryMistake(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.dataset.Tables[0].Columns[0].Type = "uuid"
	h.dataset.Tables[1].Key = []string{"nothing"}

	_, err := h.stageRequest(h.request(january, h.deliver("d", goods)))

	requireReason(t, problem.DatasetInvalid, err)
	require.GreaterOrEqual(t, len(problem.FromError(err).Violations), 2)
}

func TestAStepNeedsItsOwnLiveFence(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	source := h.deliver("d", goods)
	old := h.request(january, source)
	h.fence = h.db.Fence(t, "shop")
	other := h.request(january, source)
	other.Context = &stepv1.StepContext{Run: "run_1", RequestedBy: "a test", Fence: h.db.Fence(t, "other").Proto()}

	_, oldErr := h.stageRequest(old)
	_, otherErr := h.stageRequest(other)

	requireReason(t, problem.FenceLost, oldErr)
	requireReason(t, problem.InvalidRequest, otherErr)
	require.Empty(t, h.db.Rows(t, "select from sf_ingest.batch"))
}
