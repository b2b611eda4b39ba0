package postgres

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestWhoIsSpokenToWithoutTLS(t *testing.T) {
	for _, name := range []string{"PGSSLMODE", "PGHOST", "PGSSLROOTCERT"} {
		t.Setenv(name, "")
	}
	for url, want := range map[string]string{
		"postgres://u:p@db.example/x":                                             "db.example", // prefer: it gives in
		"postgres://u:p@db.example/x?sslmode=disable":                             "db.example",
		"postgres://u:p@db.example/x?sslmode=allow":                               "db.example",
		"postgres://u:p@db.example/x?sslmode=require":                             "",
		"postgres://u:p@db.example/x?sslmode=verify-full":                         "",
		"postgres://u:p@127.0.0.1/x":                                              "",
		"postgres://u:p@[::1]:5432/x":                                             "",
		"postgres://u:p@localhost/x?sslmode=disable":                              "",
		"postgres:///x?host=/run/postgresql&user=u":                               "",
		"postgres://u:p@127.0.0.1:1,10.0.0.7:2/x?sslmode=disable":                 "10.0.0.7",
		"postgres://u:p@localhost.evil.example/x?sslmode=prefer":                  "localhost.evil.example",
		"postgres://u:p@a.example:1,b.example:2/x?sslmode=require&user=sf_ingest": "",
	} {
		cc, err := pgx.ParseConfig(url)
		require.NoError(t, err, url)
		require.Equal(t, want, plainHost(&cc.Config), url)
	}
}

func TestOpenWarnsOfThePlainWay(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	for _, url := range []string{"postgres://u:p@127.0.0.1/x", "postgres://u:p@db.example/x?sslmode=verify-full"} {
		p, err := Open(PoolConfig{URL: url, Log: log})
		require.NoError(t, err)
		p.Close()
		require.Empty(t, said.String(), url)
	}
	p, err := Open(PoolConfig{URL: "postgres://u:secret@db.example/x", Log: log})
	require.NoError(t, err)
	p.Close()
	require.Contains(t, said.String(), "sslmode=verify-full")
	require.Contains(t, said.String(), "host=db.example")
	require.NotContains(t, said.String(), "secret")
}
