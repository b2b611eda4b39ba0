package console

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// narrow is the width at which cells stack; the others are those of a small window and of a
// large one.
const narrow = 500

var widths = []int{narrow, 800, 1400}

// measured is a table of a page as a browser laid it out in a window of a width.
type measured struct {
	page    string
	width   int
	Over    bool // something of the page lies beside the window
	Heads   []string
	Stacked bool // each cell stands under the one before
	Wide    bool // wider than the window
	States  []struct {
		Column, Text string
		At           int // the column, from 0
		Cut          bool
	}
}

// On a window of 500 pixels the cells of every table stack, each under its name, and on a wide
// one they stand side by side. A state is in the second column, and can be read without
// scrolling, whatever the window.
func TestTablesInARealBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	pages := everyPage(t)
	stateful := map[string]bool{}
	for _, m := range layout(t, chromium, pages) {
		about := fmt.Sprintf("%s at %d: %v", m.page, m.width, m.Heads)
		require.Equal(t, m.width == narrow, m.Stacked, about)
		require.False(t, m.width == narrow && m.Wide, about)
		require.False(t, m.Over, about)
		for _, s := range m.States {
			if m.width == narrow || s.At == 1 {
				require.False(t, s.Cut, "%s: %q", about, s.Text)
			}
			if !slices.Contains([]string{"Steps", "Stale"}, s.Column) { // which are of more than the row
				require.Equal(t, 1, s.At, about)
				stateful[m.page+" "+s.Column] = true
			}
		}
	}
	for _, want := range []string{
		"/ State", "/runs State", "/runs/{run} State", "/datasets/{dataset}/batches State",
		"/datasets/{dataset}/validations Result", "/validations/{validation} Result", "/datasets/{dataset}/gaps Why", "/audit Outcome",
	} {
		require.True(t, stateful[want], "%s: nothing was measured", want)
	}
}

// everyPage is one of each page that has a table, by its route, with everything that it can
// show, and names as long as those of a real installation.
func everyPage(t *testing.T) map[string]string {
	t.Helper()
	f := setup(t)
	f.things()
	f.corrected()
	f.gaps()
	f.compared()
	f.kept()
	f.audited("next")
	long := strings.NewReplacer("run_", "run_01j9z3k4m5n6p7q8r9s0t1v2", "bat_", "bat_01j9z3k4m5n6p7q8r9s0t1v2", "val_", "val_01j9z3k4m5n6p7q8r9s0t1v2",
		">failed: EXPECTATIONS_FAILED<", ">failed: TRAINING_MANIFEST_INVALID<")
	at := strings.NewReplacer("{$}", "", "{run}", "run_2", "{batch}", "bat_1", "{validation}", "val_bat_1", "{dataset}", "streamflow",
		"{as_of}", jan, "{training_set}", "trn_1", "/diff", "/diff?from=2024-01-31&to=2024-02-29")
	pages := map[string]string{}
	get := func(name, path string) {
		status, page, _ := f.get(t, path)
		require.Equal(t, http.StatusOK, status, "%s: %s", path, page)
		require.Contains(t, page, "<table", path)
		pages[name] = long.Replace(page)
	}
	for route := range (&Console{}).Routes() {
		if !slices.Contains([]string{"/console.css", "/favicon.svg", "/favicon.ico"}, route) {
			get(strings.TrimSuffix(route, "{$}"), at.Replace(route))
		}
	}
	for name, run := range map[string]*orchestratorv1.Run{"of a rollback": rolledBack(), "of an erase": erased(), "that published": backendtest.SucceededRun()} {
		f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: run})
		get("a run "+name, "/runs/"+run.GetId())
	}
	return pages
}

// layout has one browser lay out all the pages, in frames of all widths: what a frame's width
// is to its page, a window's is to one that stands alone.
func layout(t *testing.T, chromium string, pages map[string]string) []measured {
	t.Helper()
	script, err := os.ReadFile("testdata/measure.js")
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/console.css", (&Console{}).Routes()["/console.css"])
	var frames strings.Builder
	for name, page := range pages {
		path := fmt.Sprintf("/page/%d", frames.Len())
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) })
		for _, width := range widths {
			fmt.Fprintf(&frames, `<iframe src="%s" title="%s" style="width:%dpx;height:900px;border:0"></iframe>`, path, name, width)
		}
	}
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><body>%s<pre id="measured"></pre><script>%s</script>`, &frames, script)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	var found []struct {
		Page   string
		Width  int
		Over   bool
		Tables []measured
	}
	require.NoError(t, json.Unmarshal([]byte(dump(t, chromium, srv.URL)), &found))
	require.Len(t, found, len(pages)*len(widths))
	var all []measured
	for _, f := range found {
		require.Contains(t, widths, f.Width, f.Page)
		require.NotEmpty(t, f.Tables, f.Page)
		for _, m := range f.Tables {
			m.page, m.width, m.Over = f.Page, f.Width, f.Over
			all = append(all, m)
		}
	}
	return all
}

// dump is what the page of a server measured, once a browser has loaded it.
func dump(t *testing.T, chromium, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--window-size=1500,900", "--user-data-dir="+t.TempDir(), "--dump-dom", url).Output()
	require.NoError(t, err)
	found := regexp.MustCompile(`(?s)<pre id="measured">(.+?)</pre>`).FindSubmatch(out)
	require.NotNil(t, found, "the pages were laid out")
	return html.UnescapeString(string(found[1]))
}

// browser returns a Chromium, which the project does not install on a person's machine; CI has
// one (tools/setup.sh browser).
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("SF_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	require.Empty(t, os.Getenv("CI"), "no browser here: run tools/setup.sh browser")
	t.Skip("no Chromium here; `tools/setup.sh browser` installs one, SF_CHROMIUM names one")
	return ""
}
