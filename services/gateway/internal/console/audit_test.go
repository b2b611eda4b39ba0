package console

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// audited gives the orchestrator a log with one of every kind, and texts of strangers.
func (f fixture) audited(next string) {
	line := func(kind orchestratorv1.AuditKind, what, who string) *orchestratorv1.AuditLine {
		return &orchestratorv1.AuditLine{At: backendtest.At(0), Kind: kind, What: what, Who: who, From: "192.0.2.7:41000"}
	}
	started := line(orchestratorv1.AuditKind_AUDIT_KIND_INTENT, "OrchestratorService/StartRun", "ann")
	started.Role, started.Dataset, started.Facts, started.RequestId = "operator", "streamflow", "as_of=2024-02-29", "req_01j9z3k4m5n6p7q8r9s0t1v2"
	built := line(orchestratorv1.AuditKind_AUDIT_KIND_INTENT, "SnapshotService/BuildTrainingSet", "ann")
	refused := line(orchestratorv1.AuditKind_AUDIT_KIND_REFUSAL, `GET /v1/<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`)
	refused.Dataset = `../../login?token=x"`
	more := line(orchestratorv1.AuditKind_AUDIT_KIND_MORE_REFUSALS, "", "")
	more.Count, more.Facts = 1234, "first=2024-01-31T00:00:00Z last=2024-01-31T00:00:59Z"
	f.suite.Reply("OrchestratorService/ListAudit", &orchestratorv1.ListAuditResponse{NextPageToken: next, Entries: []*orchestratorv1.AuditEntry{
		{Line: started, Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_DONE, Target: "run_2", EndedAt: backendtest.At(1)},
		{Line: built, Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN, Target: "trn_1"},
		{Line: refused, Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED, Reason: "UNAUTHENTICATED", Target: `run_"><b>`},
		{Line: more, Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED},
		{Line: line(orchestratorv1.AuditKind_AUDIT_KIND_STARTED, "", "")},
	}})
}

func TestThePageOfTheAuditLog(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.audited("")

	status, page, header := f.get(t, "/audit")

	require.Equal(t, http.StatusOK, status)
	wellFormed(t, page)
	for _, want := range []string{
		"<h1>Audit log</h1>", `<span class="state good">done</span>`, `<span class="state bad">refused: UNAUTHENTICATED</span>`, `<span class="state busy">unknown</span>`,
		"<code>StartRun</code>", `<a href="/runs/run_2">run_2</a>`, `<a href="/training-sets/trn_1">trn_1</a>`, `<a href="/datasets/streamflow">streamflow</a>`,
		"192.0.2.7:41000", "as_of=2024-02-29", "req_01j9z3k4m5n6p7q8r9s0t1v2", "1,234 more refusals", "a gateway started", `href="/v1/audit"`,
	} {
		require.Contains(t, page, want)
	}
	require.Contains(t, header.Get("Content-Security-Policy"), "form-action 'self'")
	require.Contains(t, header.Get("Cache-Control"), "no-store")
	_, _, header = f.get(t, "/runs")
	require.Contains(t, header.Get("Content-Security-Policy"), "form-action 'none'", "no other page has a form")
}

// Who asks, and for what, are texts of anybody who reaches the port.
func TestNothingThatAStrangerAskedForIsMarkup(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.audited("")
	planted := `"><script>alert(2)</script>`
	_, page, _ := f.get(t, "/audit?who="+url.QueryEscape(planted))
	wellFormed(t, page) // which refuses scripts, styles and handlers
	require.Contains(t, page, "GET /v1/&lt;script&gt;alert(1)&lt;/script&gt;")
	require.Contains(t, page, `value="&#34;&gt;&lt;script&gt;alert(2)&lt;/script&gt;"`)
	require.Contains(t, page, `href="/datasets/..%2F..%2Flogin%3Ftoken=x%22"`, "a name leads to no other path")
	require.Contains(t, page, `href="/runs/run_%22%3E%3Cb%3E"`)
	require.NotContains(t, page, "<img")
}

func TestTheAuditLogIsAskedForWhatTheFormSays(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.audited("a/b=")

	_, page, _ := f.get(t, "/audit?who=+ann+&what=StartRun&on=shop&outcome=failed&since=2024-01-31&until=2024-02-29&page_token=x")

	calls := f.suite.Calls()
	got := calls[len(calls)-1].Request.(*orchestratorv1.ListAuditRequest)
	require.Equal(t, []string{"ann", "StartRun", "shop", "x"}, []string{got.GetWho(), got.GetWhat(), got.GetOn(), got.GetPageToken()})
	require.Equal(t, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_FAILED, got.GetOutcome())
	require.Equal(t, time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC), got.GetSince().AsTime())
	require.Equal(t, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), got.GetUntil().AsTime())
	require.EqualValues(t, listed, got.GetPageSize())
	for _, want := range []string{ // what was asked for stays in the form
		`name="who" value="ann"`, `name="what" value="StartRun"`, `name="on" value="shop"`, `<option selected="selected">failed</option>`,
		`<input type="date" name="since" value="2024-01-31"`, `<input type="date" name="until" value="2024-02-29"`,
	} {
		require.Contains(t, page, want)
	}
	require.Contains(t, page, `href="/audit?on=shop&amp;outcome=failed&amp;page_token=a%2Fb%3D&amp;since=2024-01-31&amp;until=2024-02-29&amp;what=StartRun&amp;who=&#43;ann&#43;"`,
		"the next page is of the same")
}

// A form sends every field, those that nobody filled in as well.
func TestAnEmptyFormIsForAll(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.suite.Reply("OrchestratorService/ListAudit", &orchestratorv1.ListAuditResponse{})
	status, page, _ := f.get(t, "/audit?who=&what=&on=&outcome=&since=&until=")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Nothing was changed, exported or refused that is asked for here.")
	require.Contains(t, page, `<form class="filters" method="get"`, "where nothing is found, another search begins")
	calls := f.suite.Calls()
	got := calls[len(calls)-1].Request.(*orchestratorv1.ListAuditRequest)
	require.Nil(t, got.GetSince())
	require.Zero(t, got.GetOutcome())
}

func TestWhatTheAuditLogCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.audited("")
	for query, want := range map[string]string{
		"outcome=ok":                      "outcome: expected one of done, failed, refused, unknown, found &#34;ok&#34;",
		"outcome=AUDIT_OUTCOME_DONE":      "outcome: expected one of",
		"since=yesterday":                 "since: expected a date as 2024-02-01, found &#34;yesterday&#34;",
		"until=2024-02-30":                "until: expected a date",
		"token=x":                         "/audit has no parameter token; it has who, what, on, outcome, since, until and page_token",
		"since=" + url.QueryEscape("<b>"): "found &#34;&lt;b&gt;&#34;",
	} {
		status, page, _ := f.get(t, "/audit?"+query)
		require.Equal(t, http.StatusBadRequest, status, query)
		require.Contains(t, page, want)
	}
	require.Empty(t, f.suite.Calls(), "nothing was asked")
}

func TestTheNextPageOfRunsIsOfTheSameDataset(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{Runs: []*orchestratorv1.Run{backendtest.FailedRun()}, NextPageToken: "n"})
	_, page, _ := f.get(t, "/runs?dataset=streamflow&page_token=m")
	require.Contains(t, page, `href="/runs?dataset=streamflow&amp;page_token=n"`)
}
