package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
)

func TestDataDir(t *testing.T) {
	t.Parallel()
	env := func(vars map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	}
	require.Equal(t, "/var/lib/streamflow", dataDir(env(map[string]string{"XDG_DATA_HOME": "/x", "HOME": "/root"}), 0))
	require.Equal(t, "/x/streamflow", dataDir(env(map[string]string{"XDG_DATA_HOME": "/x", "HOME": "/home/ana"}), 1000))
	require.Equal(t, "/home/ana/.local/share/streamflow", dataDir(env(map[string]string{"HOME": "/home/ana"}), 1000))
	require.Equal(t, "/home/ana/.local/share/streamflow", dataDir(env(map[string]string{"XDG_DATA_HOME": "relative", "HOME": "/home/ana"}), 1000),
		"the specification has relative paths ignored")
}

func TestRootsAreMadeAbsolute(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	require.NoError(t, err)
	there := t.TempDir()

	got, err := roots([]string{".", there + "/"})

	require.NoError(t, err)
	require.Equal(t, []string{here, there}, got)
}

func TestRootsByDefaultAreTheCurrentFolderAndNeverEverything(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		here string
		uid  int
		want []string
		says string
	}{
		"a user, at work":   {"/home/ana/churn", 1000, []string{"/home/ana/churn"}, ""},
		"a user, in /":      {"/", 1000, nil, "the current folder is /"},
		"root, at work":     {"/root/churn", 0, nil, "it runs as root, who may read everything"},
		"root, in /":        {"/", 0, nil, "it runs as root"},
		"root, in a folder": {"/srv", 0, nil, "--root names the folders"},
	} {
		var err bytes.Buffer
		a := &app{quiet: true, proc: Process{Err: &err, Env: func(string) (string, bool) { return "", false }}}

		require.Equal(t, tc.want, a.defaultRoots(tc.here, tc.uid), name)

		if tc.says == "" {
			require.Empty(t, err.String(), name)
		} else {
			require.Contains(t, err.String(), "WARNING: ", name)
			require.Contains(t, err.String(), tc.says, name)
		}
	}
	require.Equal(t, "nowhere (--root)", from(nil))
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/usr/bin/psql": "/usr/bin/psql", "/a b": "'/a b'", "/it's": `'/it'\''s'`, "/$HOME": "'/$HOME'",
	} {
		require.Equal(t, want, quote(path))
	}
}

func TestWhereaboutsForAPerson(t *testing.T) {
	t.Parallel()
	var out, err bytes.Buffer
	a := &app{server: DefaultServer, format: printer.Table, proc: Process{Out: &out, Err: &err, Env: func(string) (string, bool) { return "", false }}}
	p := place{Server: "127.0.0.1:9", Page: "http://127.0.0.1:8/", Data: "/d", SourceRoots: []string{"/", "/x"}, Postgres: "15.1", Port: 5, Psql: "psql"}

	require.NoError(t, a.showPlace(p, 2100*time.Millisecond))

	require.Equal(t, `StreamFlow is ready after 2.10s
  page and REST  http://127.0.0.1:8/
  server         127.0.0.1:9   (sfctl --server 127.0.0.1:9, or SFCTL_SERVER)
  data           /d
  files from     /, /x
  PostgreSQL     15.1 on port 5
  psql           psql
`, out.String())
	require.Contains(t, err.String(), "Ctrl-C stops all of it.")
	require.Contains(t, err.String(), "--source ./data/month_000 --server 127.0.0.1:9\n")

	err.Reset()
	p.Server, p.Login, p.TokenFile = DefaultServer, "http://sf-x.localhost:8/login?token=sfl_x", "/d/access/token"
	require.NoError(t, a.showPlace(p, 0))
	require.Contains(t, out.String(), "  page, once     http://sf-x.localhost:8/login?token=sfl_x\n")
	require.Contains(t, err.String(), "--source ./data/month_000 --token-file /d/access/token\n") // not where sfctl looks by itself
	require.Contains(t, out.String(), "  token          /d/access/token   (sfctl --token-file, or SF_TOKEN_FILE)\n")
	require.NotContains(t, out.String()[strings.LastIndex(out.String(), "ready"):]+err.String(), "--server")
}

// What is suggested to be tried works: the files lie where the suite's runs may read them.
func TestWhatDevSuggestsLiesUnderItsRoots(t *testing.T) { //nolint:paralleltest // it changes the folder
	here, elsewhere := t.TempDir(), t.TempDir()
	t.Chdir(here)
	spaced := filepath.Join(elsewhere, "a b")
	link := filepath.Join(elsewhere, "link")
	require.NoError(t, os.Mkdir(spaced, 0o700))
	require.NoError(t, os.Symlink(here, link))
	const run = ", then sfctl run start --as-of 2024-01-31 --source "
	for _, tc := range []struct {
		roots []string
		want  string
	}{
		{[]string{"/"}, "Try: sfctl sample --dir ./data" + run + "./data/month_000 -f"},
		{[]string{elsewhere, here}, "Try: sfctl sample --dir ./data" + run + "./data/month_000 -f"},
		{[]string{link}, "Try: sfctl sample --dir ./data" + run + "./data/month_000 -f"},
		{[]string{elsewhere}, "Try: sfctl sample --dir " + elsewhere + "/data" + run + elsewhere + "/data/month_000 -f"},
		{[]string{spaced, "/nowhere"}, "Try: sfctl sample --dir '" + spaced + "/data'" + run + "'" + spaced + "/data/month_000' -f"},
		{[]string{here + "/deeper"}, "Try: sfctl sample --dir " + here + "/deeper/data" + run + here + "/deeper/data/month_000 -f"},
		{nil, "No run may read files; start it with --root for the folder that they lie in"},
	} {
		require.Equal(t, tc.want, tryWith(tc.roots, " -f"))
	}
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	a := &app{proc: Process{Env: func(string) (string, bool) { return " marts, raw,", true }}}
	require.Equal(t, []string{"marts", "raw"}, a.listFromEnv("SF_DATA_SCHEMAS"))

	got, err := schemas([]string{"marts", "public", "marts"})

	require.NoError(t, err)
	require.Equal(t, []string{"public", "marts"}, got)
}

func TestOthersAreWarnedOf(t *testing.T) {
	t.Parallel()
	for address, only := range map[string]bool{
		"127.0.0.1:7100": true, "localhost:0": true, "[::1]:1": true, "0.0.0.0:7100": false, ":7100": false, "[::]:1": false, "10.0.0.1:1": false, "desk:1": false,
	} {
		require.Equal(t, only, loopback(address), address)
	}
	var out bytes.Buffer
	a := &app{quiet: true, proc: Process{Err: &out, Env: func(string) (string, bool) { return "", false }}}
	cfg := devsuite.Config{GRPCListen: "127.0.0.1:1", HTTPListen: "127.0.0.1:2", SourceRoots: []string{"/"}}

	a.warnOfOthers(cfg)
	require.Empty(t, out.String())

	cfg.HTTPListen = "0.0.0.0:2"
	a.warnOfOthers(cfg)
	require.Contains(t, out.String(), "WARNING: it listens at 0.0.0.0:2, not only for this machine, and speaks without TLS")
	require.Contains(t, out.String(), "the files under /.")

	out.Reset()
	cfg.Auth = devsuite.AuthNone
	a.warnOfOthers(cfg)
	require.Contains(t, out.String(), "WARNING: nobody is asked for a token (--auth none)")
	require.Contains(t, out.String(), "and asks nobody for a token")
}

func TestCallable(t *testing.T) {
	t.Parallel()
	for listening, call := range map[string]string{
		"127.0.0.1:7100": "127.0.0.1:7100", "[::]:7100": "127.0.0.1:7100", "0.0.0.0:1": "127.0.0.1:1", "10.0.0.1:1": "10.0.0.1:1",
	} {
		require.Equal(t, call, devsuite.Callable(listening))
	}
}
