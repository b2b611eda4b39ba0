package postgres_test

import (
	"bytes"
	"context"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/privatepg"
)

// program finds a client program beside the server's.
func program(t *testing.T, name string) string {
	t.Helper()
	bin, _, err := privatepg.Find(t.Context(), privatepg.FindOptions{})
	require.NoError(t, err)
	path, err := exec.LookPath(filepath.Join(bin, name))
	if err != nil {
		t.Skip("no " + name + " beside this PostgreSQL")
	}
	return path
}

// A dump holds no roles. They are made on the new server before it is restored there,
// and made right by every migration after.
func TestADumpIsRestoredOnANewServer(t *testing.T) {
	t.Parallel()
	dump, psql := program(t, "pg_dump"), program(t, "psql")
	from, _ := startServer(t)
	to, _ := startServer(t)
	quality := set(map[string]string{"00001_one.sql": first + "grant select, insert on sf_quality.one to sf_quality;\n"})
	cfg := func(s *privatepg.Server) postgres.MigrateConfig {
		return postgres.MigrateConfig{
			OwnerURL: s.URL(""), Sets: []*postgres.Migrations{postgres.Foundation(), quality},
			Login: map[string]string{"sf_quality": "secret"}, DataSchemas: []string{"public"}, Writers: []string{"sf_ingest"},
		}
	}
	require.NoError(t, postgres.Migrate(t.Context(), cfg(from)))
	exec1(t, from.URL(""), "insert into sf_quality.one values (7); create table public.users (id text); alter table public.users owner to sf_ingest")
	text, err := exec.CommandContext(t.Context(), dump, "--dbname", from.URL("")).Output()
	require.NoError(t, err)

	require.NoError(t, postgres.Roles(t.Context(), cfg(to)))
	require.NoError(t, postgres.Roles(t.Context(), cfg(to)), "it may be run again")
	exec1(t, to.URL(""), "do $$ begin if exists (select from pg_namespace where nspname like 'sf\\_%') then raise 'something was made'; end if; end $$")
	restore := exec.CommandContext(t.Context(), psql, "--set", "ON_ERROR_STOP=1", "--quiet", "--dbname", to.URL(""))
	restore.Stdin = bytes.NewReader(text)
	out, err := restore.CombinedOutput()
	require.NoError(t, err, string(out))
	exec1(t, to.URL(""), "alter role sf_quality reset idle_in_transaction_session_timeout")
	require.NoError(t, postgres.Migrate(t.Context(), cfg(to)))

	conn, err := pgx.Connect(t.Context(), strings.Replace(to.URL(""), to.URL("")[len("postgres://"):strings.Index(to.URL(""), "@")], "sf_quality:secret", 1))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var v int
	var timeout, owner string
	require.NoError(t, conn.QueryRow(t.Context(), "select v from sf_quality.one").Scan(&v))
	require.NoError(t, conn.QueryRow(t.Context(), "show idle_in_transaction_session_timeout").Scan(&timeout))
	require.NoError(t, conn.QueryRow(t.Context(), "select relowner::regrole::text from pg_class where relname = 'users'").Scan(&owner))
	require.Equal(t, 7, v)
	require.Equal(t, "5s", timeout)
	require.Equal(t, "sf_ingest", owner)
}

// text is a log that may be read while it is written.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *text) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *text) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A migration that waits behind a dump lets those behind it through in between, says
// whose lock it is, and is done when it can be.
func TestAMigrationWaitsInShortTries(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	one := map[string]string{"00001_one.sql": first + "grant select on sf_quality.one to sf_quality;\n"}
	require.NoError(t, migrate(t, db, set(one)))
	holder, err := pgx.Connect(t.Context(), db.OwnerURL())
	require.NoError(t, err)
	defer func() { _ = holder.Close(context.Background()) }()
	_, err = holder.Exec(t.Context(), "set application_name = 'pg_dump'; begin; lock table sf_quality.one in access share mode")
	require.NoError(t, err)
	one["00002_wider.sql"] = "-- +goose Up\nalter table sf_quality.one add column w integer;\n"
	log, ended := &text{}, make(chan error, 1)
	go func() {
		ended <- postgres.Migrate(t.Context(), postgres.MigrateConfig{
			OwnerURL: db.OwnerURL(), Sets: []*postgres.Migrations{postgres.Foundation(), set(one)}, SharedRoles: true,
			Log: slog.New(slog.NewTextHandler(log, nil)),
		})
	}()
	const said = "a migration waits for a lock"
	require.Eventually(t, func() bool { return strings.Contains(log.String(), said) }, 20*time.Second, 10*time.Millisecond)
	require.Contains(t, log.String(), "(user postgres, pg_dump, idle in transaction since ")

	began := time.Now()
	db.Rows(t, "select * from sf_quality.one")
	require.Less(t, time.Since(began), 2*time.Second, "who only reads has its turn")
	_, err = holder.Exec(t.Context(), "commit")
	require.NoError(t, err)
	require.NoError(t, <-ended)
	require.Equal(t, []string{"v", "w"}, db.Rows(t, "select attname from pg_attribute where attrelid = 'sf_quality.one'::regclass and attnum > 0 order by attnum"))
}
