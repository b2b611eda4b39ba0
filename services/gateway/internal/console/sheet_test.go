package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// things gives the services one of everything that has a page.
func (f fixture) things() {
	f.months()
	f.suite.Reply("IngestService/GetBatch", &ingestv1.GetBatchResponse{Batch: &ingestv1.Batch{
		Id: "bat_1", Dataset: "streamflow", AsOf: jan, Run: "run_1", Source: "/data/<month>", State: live, RequestedBy: "ada@desk",
		Files:    []*ingestv1.BatchFile{{Table: "users", Name: "users.csv", SizeBytes: 4096, Sha256: "0123456789abcdef", SameAsOf: "2023-12-31"}},
		Counts:   []*stepv1.TableCounts{{Table: "users", Rows: 7043, Inserted: 7000, Rejected: 2}},
		Findings: []*stepv1.Finding{{Reason: "STALE_EXTRACT", Severity: datasetv1.Severity_SEVERITY_INFO, Table: "users", Message: "the <b>same</b> file"}},
	}})
	kwargs, err := structpb.NewStruct(map[string]any{"column": "<i>", "max_value": 5})
	if err != nil {
		panic(err)
	}
	v := validationOf("bat_1", jan, false)
	v.Dataset, v.Run = "streamflow", "run_1"
	v.Results = []*qualityv1.ExpectationResult{
		{Table: "users", ExpectationConfig: &datasetv1.Expectation{Type: "expect_a", Kwargs: kwargs},
			Result: &qualityv1.ResultDetail{ElementCount: 7043, UnexpectedCount: 3}},
		{Table: "users", Success: true, ExpectationConfig: &datasetv1.Expectation{Type: "expect_b"},
			Result: &qualityv1.ResultDetail{ObservedValue: structpb.NewNumberValue(7043)}},
		{Table: "labels", Skipped: "no candidate stands", ExpectationConfig: &datasetv1.Expectation{Type: "expect_c"}},
	}
	f.suite.Reply("QualityService/GetValidation", &qualityv1.GetValidationResponse{Validation: v})
	f.suite.Reply("SnapshotService/GetSnapshot", &snapshotv1.GetSnapshotResponse{Snapshots: []*snapshotv1.Snapshot{{
		Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: jan, Rows: 7043, Revision: 1, ContentHash: "h1:7043:1", Batch: "bat_1",
		KnownAt: backendtest.At(0), Table: &stepv1.Relation{Schema: "public", Name: "users_snapshots"},
	}}})
	set := &snapshotv1.TrainingSet{
		Id: "trn_1", Dataset: "streamflow", Name: "churn", AsOf: []string{jan, "2024-02-29"}, Rows: 7043, Labelled: 7000, Query: "select <1>;",
		Definition: &datasetv1.TrainingSet{Label: &datasetv1.Label{Column: "labels_snapshots.churn_label"}}, KnownAt: backendtest.At(0), CreatedAt: backendtest.At(0),
		Snapshots:  []*snapshotv1.PinnedSnapshot{{Snapshot: "labels_snapshots", AsOf: jan, Revision: 2, Rows: 7043, ContentHash: "h1:7043:1"}},
		Columns:    []*snapshotv1.TrainingColumn{{Name: "churn_label", Type: "boolean", Role: "label", Source: "labels_snapshots.churn_label"}},
		EntityRows: &snapshotv1.KeptEntityRows{Name: "asked.csv", ContentHash: "h1:7043:9", Rows: 7043},
		Parts:      []*snapshotv1.PartRows{{Name: "train", Rows: 5634}}, Waived: []*snapshotv1.WaivedGuard{{Reason: "LABEL_NOT_LATER", Found: []string{"both are of <i>"}}},
	}
	f.suite.Reply("SnapshotService/GetTrainingSet", &snapshotv1.GetTrainingSetResponse{TrainingSet: set})
	f.suite.Reply("SnapshotService/ListTrainingSets", &snapshotv1.ListTrainingSetsResponse{TrainingSets: []*snapshotv1.TrainingSet{set}})
	d := declared(1)
	d.Dataset.TrainingSets = []*datasetv1.TrainingSet{{Name: "churn", Entities: &datasetv1.Entities{Snapshot: "users_snapshots"},
		Features: []*datasetv1.Feature{{Column: "users_snapshots.plan"}}, Label: &datasetv1.Label{Column: "labels_snapshots.churn_label"}}}
	d.Dataset.Tables = []*datasetv1.Table{{Name: "users", Key: []string{"user_id"}, Columns: []*datasetv1.Column{{Name: "user_id", Type: "text"}}}}
	d.Dataset.Snapshots = []*datasetv1.Snapshot{{Name: "users_snapshots", From: "users"}}
	f.suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: d})
}

func TestEveryThingHasAPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.things()
	for path, wants := range map[string][]string{
		"/runs":     {"<h1>Runs</h1>", `href="/runs/run_2"`, "failed: EXPECTATIONS_FAILED"},
		"/datasets": {`href="/datasets/streamflow"`},
		"/datasets/streamflow": {"<h1>Dataset <code>streamflow</code></h1>", `href="/datasets/streamflow/batches"`, "users_snapshots", `href="/datasets/streamflow/training-sets"`, "churn",
			"name: streamflow", "period: month_end"},
		"/datasets/streamflow/batches":              {"<h1>Batches</h1>", `href="/batches/bat_2"`, `href="/datasets/streamflow"`},
		"/datasets/streamflow/validations":          {`href="/validations/val_bat_2"`, `class="state bad">failed`},
		"/datasets/streamflow/snapshots":            {`href="/datasets/streamflow/snapshots/2024-01-31"`, `<td data-label="Rows" class="n">7,043</td>`},
		"/datasets/streamflow/snapshots/2024-01-31": {"<code>public.users_snapshots</code>", "h1:7043:1", `href="/batches/bat_1"`},
		"/datasets/streamflow/training-sets":        {`href="/training-sets/trn_1"`, "2024-01-31 … 2024-02-29 (2)", "LABEL_NOT_LATER", `<td data-label="With a label" class="n">7,000</td>`},
		"/training-sets/trn_1": {"<h1>Training set <code>trn_1</code></h1>", "labels_snapshots.churn_label, of the same period", "both are of &lt;i&gt;", "select &lt;1&gt;;",
			`href="/v1/training-sets/trn_1/export"`, `href="/v1/training-sets/trn_1/export?format=parquet"`, `href="/datasets/streamflow/snapshots/2024-01-31"`, "h1:7043:1", "5,634", "7,043 of asked.csv, h1:7043:9"},
		"/batches/bat_1": {"<h1>Batch <code>bat_1</code></h1>", "/data/&lt;month&gt;", "users.csv", "2023-12-31", "the &lt;b&gt;same&lt;/b&gt; file",
			`<th scope="col" class="n">Rows</th>`, `href="/v1/batches/bat_1"`},
		"/validations/val_bat_1": {"23 of 24 held", "3 of 7,043 values unexpected", `<td data-label="Severity">`, "skipped", "no candidate stands", `&lt;i&gt; {&#34;max_value&#34;:5}`},
	} {
		status, page, header := f.get(t, path)
		require.Equal(t, http.StatusOK, status, path)
		require.Equal(t, "text/html; charset=utf-8", header.Get("Content-Type"))
		wellFormed(t, page)
		for _, want := range wants {
			require.Contains(t, page, want, path)
		}
		require.NotContains(t, page, `href="/v1/batches/bat_2"`, "things link to pages")
	}
}

func TestAHeadingIsAlignedAsItsNumbers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.things()
	for _, path := range []string{"/", "/runs/run_2", "/batches/bat_1", "/datasets/streamflow/snapshots", "/training-sets/trn_1"} {
		_, page, _ := f.get(t, path)
		for _, head := range strings.Split(page, "<thead>")[1:] {
			columns := strings.Count(strings.Split(head, "</thead>")[0], `class="n"`)
			first := strings.SplitN(strings.SplitN(head, "<tbody>", 2)[1], "</tr>", 2)[0]
			require.Equal(t, columns, strings.Count(first, `class="n"`), "%s: %s", path, first)
		}
	}
}

func TestAListLeadsToItsNextPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.things()
	f.suite.Reply("IngestService/ListBatches", &ingestv1.ListBatchesResponse{Batches: []*ingestv1.Batch{batch("bat_9", jan, staged)}, NextPageToken: "a/b="})

	_, page, _ := f.get(t, "/datasets/streamflow/batches?page_token=x")

	require.Contains(t, page, `href="/datasets/streamflow/batches?page_token=a%2Fb%3D"`)
	calls := f.suite.Calls()
	require.Equal(t, "x", calls[len(calls)-1].Request.(*ingestv1.ListBatchesRequest).GetPageToken())
}

func TestAnEmptyListSaysWhatToDo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	d := declared(1)
	d.Dataset.Tables = []*datasetv1.Table{{Name: "users", Key: []string{"user_id"}, Columns: []*datasetv1.Column{{Name: "user_id", Type: "text"}}}}
	f.suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: d})
	f.suite.Reply("SnapshotService/ListGaps", &snapshotv1.ListGapsResponse{})
	for path, want := range map[string]string{
		"/runs": "sfctl run start", "/datasets": "sfctl dataset apply", "/datasets/d/batches": "No batches yet.",
		"/datasets/d/validations": "No validations yet.", "/datasets/d/snapshots": "No snapshots yet.",
		"/datasets/d/gaps":          "History lacks no date since the first that is stamped.",
		"/datasets/d/training-sets": "No training sets yet: sfctl training-set build",
	} {
		_, page, _ := f.get(t, path)
		require.Contains(t, page, want, path)
	}
}

func TestAThingThatIsNotThereIsAPageToo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.suite.Fail("IngestService/GetBatch", problem.New(problem.BatchNotFound, "no batch <b>"))
	status, page, _ := f.get(t, "/batches/bat_0")
	require.Equal(t, http.StatusNotFound, status)
	wellFormed(t, page)
	require.Contains(t, page, "BATCH_NOT_FOUND")
	require.Contains(t, page, `List the batches with <a href="/datasets">datasets</a>`, "a page leads to pages")
	require.NotContains(t, page, "`")
}

func TestAParameterThatAListDoesNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for path, want := range map[string]string{
		"/runs?state=failed":            "/runs has no parameter state; it has dataset and page_token",
		"/datasets/d/batches?dataset=e": "it has page_token",
	} {
		status, page, _ := f.get(t, path)
		require.Equal(t, http.StatusBadRequest, status, path)
		require.Contains(t, page, want)
	}
}
