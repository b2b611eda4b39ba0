package console

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// measure writes into the page, once a browser has laid it out, how wide it came to be, and
// which tables are wider than the window or keep their cells side by side.
const measure = `<script>addEventListener("load", () => {
  const side = [...document.querySelectorAll("table")].filter(t => {
    const cells = t.querySelectorAll("tbody tr:first-child > *");
    return t.getBoundingClientRect().width > innerWidth || cells.length > 1 && cells[1].getBoundingClientRect().top < cells[0].getBoundingClientRect().bottom - 1;
  }).map(t => t.querySelector("thead th").textContent);
  document.body.dataset.measured = innerWidth + "|" + side.join(",");
});</script>`

// On a window of 500 pixels the cells of every table stack, each under its name, and on a wide
// one they stand side by side.
func TestTablesStackOnASmallScreen(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	css, err := os.ReadFile("assets/console.css")
	require.NoError(t, err)
	for _, name := range []string{"home.html", "run.html"} {
		page, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		laidOut := strings.Replace(string(page), `<link rel="stylesheet" href="/console.css"/>`, "<style>"+string(css)+"</style>"+measure, 1)
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(file, []byte(laidOut), 0o600))

		require.Equal(t, "500|", layout(t, chromium, file, "500,900"), name)
		if name == "run.html" {
			require.Equal(t, "1400|Step,Table,Where,Where", layout(t, chromium, file, "1400,900"))
		}
	}
}

// layout is what the page measured in a window of a size.
func layout(t *testing.T, chromium, file, size string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--window-size="+size, "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file).Output()
	require.NoError(t, err, file)
	found := regexp.MustCompile(`data-measured="([^"]*)"`).FindSubmatch(out)
	require.NotNil(t, found, "the page was laid out")
	return string(found[1])
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
