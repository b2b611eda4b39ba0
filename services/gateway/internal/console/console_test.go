package console

import (
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/telemetry"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
	"github.com/streamflow/streamflow/services/gateway/internal/httpserver"
)

var update = flag.Bool("update", false, "write the golden files")

type fixture struct {
	suite *backendtest.Suite
	url   string
}

// setup serves the pages over services that hold nothing yet.
func setup(t *testing.T) fixture {
	t.Helper()
	suite := backendtest.New(t)
	suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{})
	suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	suite.Reply("IngestService/ListBatches", &ingestv1.ListBatchesResponse{})
	suite.Reply("QualityService/ListValidations", &qualityv1.ListValidationsResponse{})
	suite.Reply("SnapshotService/ListSnapshots", &snapshotv1.ListSnapshotsResponse{})
	suite.Reply("SnapshotService/ListTrainingSets", &snapshotv1.ListTrainingSetsResponse{})
	c, err := New(suite.Dial(t), false, func(r *http.Request) *Visitor {
		if r.Header.Get("X-Visitor") == "" {
			return nil
		}
		return &Visitor{Name: r.Header.Get("X-Visitor"), CSRF: "c"}
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	for path, h := range c.Routes() {
		mux.Handle("GET "+path, h)
	}
	srv := httptest.NewServer(httpserver.Chain(mux, telemetry.Discard(), httpserver.BodyTimeout, nil))
	t.Cleanup(srv.Close)
	return fixture{suite, srv.URL}
}

// months gives the services a dataset, of which January is complete and February failed.
func (f fixture) months() {
	f.dataset()
	february := &ingestv1.Batch{Id: "bat_2", AsOf: feb, State: staged, CreatedAt: backendtest.At(1)}
	january := &ingestv1.Batch{Id: "bat_1", AsOf: jan, State: live, CreatedAt: backendtest.At(-99), PublishedAt: backendtest.At(-96)}
	f.suite.Reply("IngestService/ListBatches", &ingestv1.ListBatchesResponse{Batches: []*ingestv1.Batch{february, january}})
	f.suite.Reply("QualityService/ListValidations", &qualityv1.ListValidationsResponse{
		Validations: []*qualityv1.Validation{validationOf("bat_2", feb, false), validationOf("bat_1", jan, true)},
	})
	f.suite.Reply("SnapshotService/ListSnapshots", &snapshotv1.ListSnapshotsResponse{Snapshots: stampsOf(jan, 7043, 7043)})
	f.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{
		Runs: []*orchestratorv1.Run{backendtest.FailedRun(), backendtest.SucceededRun()},
	})
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: backendtest.FailedRun()})
	f.suite.OnWatch(backendtest.Stored(backendtest.Events("run_2", 4, true)))
}

func (f fixture) dataset() {
	d := declared(2)
	d.Dataset.Description = `Monthly extracts <b>of a "video" service</b>`
	f.suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{Versions: []*orchestratorv1.DatasetVersion{d}})
}

func (f fixture) get(t *testing.T, path string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+path, nil)
	require.NoError(t, err)
	req.Header.Set("X-Request-Id", "req_test")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body), resp.Header
}

// wellFormed reads a page as XML, which the templates keep it to, and refuses what no
// page may hold.
func wellFormed(t *testing.T, html string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(html))
	var ids []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		require.NotEqual(t, "script", start.Name.Local)
		for _, a := range start.Attr {
			require.NotEqual(t, "style", a.Name.Local, "the policy forbids it")
			require.False(t, strings.HasPrefix(a.Name.Local, "on"), a.Name.Local)
			if a.Name.Local == "id" {
				require.NotContains(t, ids, a.Value, "an id stands once")
				ids = append(ids, a.Value)
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestTheFirstPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.months()

	status, page, header := f.get(t, "/")

	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "text/html; charset=utf-8", header.Get("Content-Type"))
	require.Equal(t, "no-store", header.Get("Cache-Control"))
	wellFormed(t, page)
	golden(t, "home.html", page)
	for _, want := range []string{
		`<html lang="en">`, "2 of 2 snapshots, 7,043 rows each", `href="/runs/run_2"`, "EXPECTATIONS_FAILED",
		"14,043 inserted, 3 updated, 40 unchanged, 100 departed", "&lt;b&gt;of a",
	} {
		require.Contains(t, page, want)
	}
}

func TestNoTextOfOthersTurnsAPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	d := declared(2)
	d.Dataset.Description = "users\u202egpj.exe \u2066\u200f"
	f.suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{Versions: []*orchestratorv1.DatasetVersion{d}})

	for _, path := range []string{"/", "/datasets"} {
		_, page, _ := f.get(t, path)
		require.Contains(t, page, "users\uFFFDgpj.exe \uFFFD\uFFFD", path)
		require.NotContains(t, page, "\u202e", path)
	}
}

func TestTheFirstPageWithoutAnything(t *testing.T) {
	t.Parallel()
	f := setup(t)
	status, page, _ := f.get(t, "/")
	require.Equal(t, http.StatusOK, status)
	wellFormed(t, page)
	require.Contains(t, page, "No runs yet: <code>sfctl run start")
	require.Contains(t, page, "No dataset is registered yet")

	f.dataset()
	require.Eventually(t, func() bool {
		_, page, _ = f.get(t, "/")
		return strings.Contains(page, "Nothing received yet.")
	}, 3*overviewFresh, overviewFresh/10, "the page is as good as new for a second")
}

func TestABoardKnowsRunsThatAreNotAmongTheNewestOfAll(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.months()
	f.suite.On("OrchestratorService/ListRuns", func(_ context.Context, req proto.Message) (proto.Message, error) {
		if req.(*orchestratorv1.ListRunsRequest).GetDataset() == "" {
			return &orchestratorv1.ListRunsResponse{}, nil // twenty runs of other datasets, say
		}
		return &orchestratorv1.ListRunsResponse{Runs: []*orchestratorv1.Run{failedRun("run_7", "ROWS_REJECTED")}}, nil
	})

	_, page, _ := f.get(t, "/")

	require.Contains(t, page, `<span class="state bad"><a href="/runs/run_7">complete, newest delivery refused</a></span>`)
	require.Contains(t, page, `<th scope="row" class="date">2024-01-31</th>`)
}

func TestTheFirstPageSaysWhichServiceIsAway(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"ingest", "quality", "snapshot", "orchestrator"} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.months()
			f.suite.Stop(service)

			status, page, _ := f.get(t, "/")

			require.Equal(t, http.StatusServiceUnavailable, status)
			wellFormed(t, page)
			require.Equal(t, 1, strings.Count(page, "does not answer"))
			require.Contains(t, page, "The "+service+" service does not answer.")
			if service == "orchestrator" {
				require.NotContains(t, page, "No runs yet")
			} else {
				require.Contains(t, page, "run_1", "what the others hold is there")
				require.Contains(t, page, unknown)
			}
		})
	}
}

func TestTheRunPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.months()

	status, page, _ := f.get(t, "/runs/run_2")

	require.Equal(t, http.StatusOK, status)
	wellFormed(t, page)
	golden(t, "run.html", page)
	for _, want := range []string{
		"usage_agg_30d.csv:7044", "&lt;script&gt;alert(1)&lt;/script&gt;", "the file is that of 2024-01-31",
		"expect_column_values_to_be_between", "run ended", `href="/batches/bat_2"`,
	} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "step progress")
	require.NotContains(t, page, `http-equiv="refresh"`, "a run that has ended does not change")
}

func TestThePageOfAnActiveRunLoadsItselfAgain(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.months()
	run := backendtest.SucceededRun()
	run.State, run.EndedAt, run.LastEvent = orchestratorv1.RunState_RUN_STATE_RUNNING, nil, 500
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: run})
	f.suite.OnWatch(backendtest.Stored(backendtest.Events("run_1", 500, false)))

	_, page, _ := f.get(t, "/runs/run_1")

	wellFormed(t, page)
	require.Contains(t, page, `<meta http-equiv="refresh" content="5"/>`)
	require.Contains(t, page, "the newest only")
	require.NotContains(t, page, "could not be read", "it does not wait for new events")
	calls := f.suite.Calls()
	require.Equal(t, int64(301), calls[len(calls)-1].Request.(*orchestratorv1.WatchRunRequest).GetFrom())

	require.Contains(t, page, `<th scope="row">users</th><td data-label="Rows" class="n">7,043</td><td data-label="Inserted" class="n">7,000</td><td data-label="Updated" class="n">3</td>`+
		`<td data-label="Unchanged" class="n">40</td><td data-label="Departed" class="n">100</td><td data-label="Deleted" class="n">0</td>`)
	_, page, _ = f.get(t, "/runs/run_1?refresh=off")
	require.NotContains(t, page, `http-equiv="refresh"`)
}

// Rows are rejected as files are read, and by no other step: none of those shows a number of
// them, which would be 0.
func TestRejectedRowsAreToldOfTheFilesAlone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.months()
	run := backendtest.SucceededRun()
	for _, s := range run.GetSteps() {
		s.Counts = []*stepv1.TableCounts{{Table: "users", Rows: 7043}}
	}
	run.Steps[0].Counts[0].Rejected = 2
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: run})

	_, page, _ := f.get(t, "/runs/run_1")

	wellFormed(t, page)
	require.Equal(t, 1, strings.Count(page, ">Rejected</th>"))
	require.Contains(t, page, `<th scope="row">users</th><td data-label="Rows" class="n">7,043</td><td data-label="Rejected" class="n">2</td>`)
	require.Contains(t, page, `<th scope="row">users</th><td data-label="Rows" class="n">7,043</td><td data-label="Notes">`)
}

func TestTheRunPageWithoutItsEvents(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.months()
	f.suite.OnWatch(func(context.Context, *orchestratorv1.WatchRunRequest, func(*orchestratorv1.Event) error) error {
		return errors.New("broken")
	})
	status, page, _ := f.get(t, "/runs/run_2")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "The events could not be read to their end")
}

func TestARunThatIsNotThereIsAPageToo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.suite.Fail("OrchestratorService/GetRun", backendtest.NoRun(`run_<i>`))
	status, page, header := f.get(t, "/runs/run_%3Ci%3E")
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, "text/html; charset=utf-8", header.Get("Content-Type"))
	wellFormed(t, page)
	for _, want := range []string{"RUN_NOT_FOUND", "run_&lt;i&gt;", `List the runs with <a href="/runs">runs</a>`, "req_test"} {
		require.Contains(t, page, want)
	}
}

func TestTheAssets(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for path, contentType := range map[string]string{
		"/console.css": "text/css; charset=utf-8", "/favicon.svg": "image/svg+xml", "/favicon.ico": "image/svg+xml",
	} {
		status, body, header := f.get(t, path)
		require.Equal(t, http.StatusOK, status, path)
		require.Equal(t, contentType, header.Get("Content-Type"), path)
		require.NotEmpty(t, body, path)
	}
	_, css, _ := f.get(t, "/console.css")
	require.Contains(t, css, "prefers-color-scheme: dark")
}

func TestADatasetsCalendarMayBeMissing(t *testing.T) {
	t.Parallel()
	b := newBoard(holding{dataset: &orchestratorv1.DatasetVersion{}, snapshots: append(stampsOf("2024-05-31", 1), stampsOf(jan, 1)...)})
	require.Len(t, b.Rows, 2, "no gaps are known")
}
