package command

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

	got, err := roots([]string{".", "/srv/x/"})

	require.NoError(t, err)
	require.Equal(t, []string{here, "/srv/x"}, got)
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
}
