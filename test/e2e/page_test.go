package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// browser returns a Chromium, which the project does not install on a person's
// machine; CI has one (tools/setup.sh browser).
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("SF_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		require.Fail(t, "no browser here: run tools/setup.sh browser")
	}
	t.Skip("no Chromium here; `tools/setup.sh browser` installs one, SF_CHROMIUM names one")
	return ""
}

// render loads a page in a real browser and returns its document as the browser has it.
func render(t *testing.T, chromium, url string) string {
	t.Helper()
	return renderIn(t, chromium, t.TempDir(), url)
}

// renderIn is render for a browser that keeps what it has in a folder.
func renderIn(t *testing.T, chromium, profile, url string, flags ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir="+profile, "--dump-dom")
	cmd.Args = append(append(cmd.Args, flags...), url)
	out, err := cmd.Output()
	require.NoError(t, err, url)
	return string(out)
}

func TestThePageInARealBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	s := setup(t)
	at := s.pages(t)
	page := at + "/"
	require.Contains(t, render(t, chromium, page), "No runs yet")

	january, february := extract.Sample(t, 300)
	bad := extract.Copy(t, february)
	extract.SetField(t, bad, "usage_agg_30d.csv", 301, "watch_hours_30d", "-1.5")
	done := s.succeed(t, extract.January, january)
	failed := s.run(t, extract.February, bad)

	front := render(t, chromium, page)
	for _, want := range []string{extract.January, "streamflow", done.GetId(), failed.GetId(), "EXPECTATIONS_FAILED"} {
		require.Contains(t, front, want)
	}
	link := regexp.MustCompile(`href="(/runs/` + failed.GetId() + `)"`).FindStringSubmatch(front)
	require.NotNil(t, link, "the run is linked")
	report := render(t, chromium, at+link[1])
	for _, want := range []string{"watch_hours_30d", "usage_agg_30d.csv", "301", "-1.5"} {
		require.Contains(t, report, want, "the run's page names expectation, file, line and value")
	}
}

// The link that sfctl dev prints, as whoever clicks on it has it: the name in it leads to
// this machine, and the session stays in the browser.
func TestALinkLeadsABrowserToTheBoard(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	s := setup(t)
	link, err := s.Link(t.Context())
	require.NoError(t, err)

	render(t, chromium, link) // to the board, as soon as it likes
	require.Equal(t, []string{"1"}, s.rows(t, "select count(*) from sf_orchestrator.login where session"), "the name in the link led here, and the browser has a session")
	require.Contains(t, render(t, chromium, link), "UNAUTHENTICATED", "it is good once, and another browser has no session")
}

func TestREST(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Sample(t, 300)
	base := "http://" + s.HTTPAddr()
	body := `{"as_of": "` + extract.January + `", "source": "` + january + `", "requested_by": "e2e"}`

	started := s.http(t, http.MethodPost, base+"/v1/datasets/streamflow/runs", body, nil)
	require.Equal(t, http.StatusAccepted, started.code, started.body)
	var answer struct{ Run struct{ ID string } }
	require.NoError(t, json.Unmarshal([]byte(started.body), &answer))
	run := base + "/v1/runs/" + answer.Run.ID
	require.True(t, strings.HasSuffix(started.header.Get("Location"), "/v1/runs/"+answer.Run.ID))

	all := s.http(t, http.MethodGet, run+"/events", "", nil) // ends when the run has ended
	require.Contains(t, all.body, "RUN_ENDED")
	ids := regexp.MustCompile(`(?m)^id: ?(\d+)$`).FindAllStringSubmatch(all.body, -1)
	require.Greater(t, len(ids), 8)
	rest := s.http(t, http.MethodGet, run+"/events", "", map[string]string{"Last-Event-ID": "3"})
	require.Equal(t, ids[3:], regexp.MustCompile(`(?m)^id: ?(\d+)$`).FindAllStringSubmatch(rest.body, -1), "it resumes at the fourth")

	for path, want := range map[string]string{
		"/v1/runs/" + answer.Run.ID: "RUN_STATE_SUCCEEDED", "/v1/datasets/streamflow/batches": "BATCH_STATE_PUBLISHED",
		"/v1/datasets/streamflow/snapshots/" + extract.January: "labels_snapshots", "/openapi.json": "/v1/runs/{run}/events", "/readyz": "",
	} {
		got := s.http(t, http.MethodGet, base+path, "", nil)
		require.Equal(t, http.StatusOK, got.code, got.body)
		require.Contains(t, got.body, want)
	}
	refused := s.http(t, http.MethodPost, base+"/v1/datasets/streamflow/runs", strings.Replace(body, "01-31", "01-30", 1), nil)
	require.Equal(t, http.StatusBadRequest, refused.code)
	require.Equal(t, "application/problem+json", refused.header.Get("Content-Type"))
	require.Contains(t, refused.body, "AS_OF_OFF_CALENDAR")
}

type response struct {
	code   int
	header http.Header
	body   string
}

func (s *suite) http(t *testing.T, method, url, body string, header map[string]string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return response{resp.StatusCode, resp.Header, string(text)}
}
