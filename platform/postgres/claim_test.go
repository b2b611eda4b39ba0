package postgres_test

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/privatepg"
)

// installations is a server of its own, on which databases come and go: whom the roles
// serve is a thing of the whole server.
type installations struct{ *privatepg.Server }

func newServer(t *testing.T) installations {
	t.Helper()
	dir, err := os.MkdirTemp("", "sf-claim-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	server, err := privatepg.Start(t.Context(), privatepg.Options{Dir: dir, Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return installations{server}
}

// exec runs a statement in a database, "" for the server's own.
func (s installations) exec(t *testing.T, database, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(database))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err, sql)
}

func (s installations) ask(t *testing.T, database, sql string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(database))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&answer), sql)
	return answer
}

// install migrates a database, with the password that the installation's services have.
func (s installations) install(database, password string, change ...func(*postgres.MigrateConfig)) error {
	cfg := postgres.MigrateConfig{
		OwnerURL: s.URL(database), Sets: []*postgres.Migrations{postgres.Foundation()},
		Login: map[string]string{"sf_ingest": password},
	}
	for _, c := range change {
		c(&cfg)
	}
	return postgres.Migrate(context.Background(), cfg)
}

func shared(cfg *postgres.MigrateConfig) { cfg.SharedRoles = true }

// logsIn says whether ingest reaches a database with a password.
func (s installations) logsIn(t *testing.T, database, password string) bool {
	t.Helper()
	u, err := url.Parse(s.URL(database))
	require.NoError(t, err)
	u.User = url.UserPassword("sf_ingest", password)
	conn, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		return false
	}
	return conn.Close(t.Context()) == nil
}

const commentSQL = "select shobj_description('sf_ingest'::regrole, 'pg_authid')"

// begin drops what an earlier case left and installs the database first.
func (s installations) begin(t *testing.T) {
	t.Helper()
	for _, name := range []string{"first", "second", "third"} {
		s.exec(t, "", "drop database if exists "+name+" with (force)")
	}
	s.exec(t, "", "drop role if exists sf_ingest, sf_quality, sf_snapshot, sf_orchestrator, sf_reader")
	s.exec(t, "", "create database first")
	require.NoError(t, s.install("first", "of first"))
}

func TestTheRolesOfAServerServeOneInstallation(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := map[string]func(t *testing.T){
		"a second installation is refused, and changes nothing": func(t *testing.T) {
			s.exec(t, "", "create database second")

			err := s.install("second", "of second")

			require.ErrorContains(t, err, `role sf_ingest of this server: expected one that serves database "second" alone, found that it serves database "first"`)
			require.ErrorContains(t, err, "--shared-roles")
			require.True(t, s.logsIn(t, "first", "of first"))
			require.Equal(t, "0", s.ask(t, "second", "select count(*)::text from pg_namespace where nspname like 'sf\\_%'"), "nothing was made")
			require.NoError(t, s.install("first", "of first"), "the first one goes on")
		},
		"roles that are shared knowingly": func(t *testing.T) {
			s.exec(t, "", "create database second")

			require.NoError(t, s.install("second", "of both", shared))

			require.True(t, s.logsIn(t, "first", "of both"))
			require.NoError(t, s.install("first", "of both"), "they serve the first one still")
			require.ErrorContains(t, s.install("second", "of second"), `serves database "first"`)
		},
		"what was dropped is served no more": func(t *testing.T) {
			s.exec(t, "", "create database second")
			s.exec(t, "", "drop database first")

			require.NoError(t, s.install("second", "of second"))

			s.exec(t, "", "create database first")
			require.ErrorContains(t, s.install("first", "of first"), `serves database "second"`)
		},
		"a database that was renamed": func(t *testing.T) {
			s.exec(t, "", "alter database first rename to third")
			s.exec(t, "", "create database first")

			require.ErrorContains(t, s.install("first", "of first"), `serves database "third"`)
			require.NoError(t, s.install("third", "of third"))

			require.Contains(t, s.ask(t, "", commentSQL), "(third)")
		},
		"a copy beside the one that is served": func(t *testing.T) {
			s.exec(t, "", "create database second template first")

			require.ErrorContains(t, s.install("second", "of second"), `serves database "first"`)
			require.NoError(t, s.install("first", "of first"), "a copy to look at takes nothing away")

			s.exec(t, "", "drop database first")
			require.NoError(t, s.install("second", "of second"), "a copy in the place of what was lost")
		},
		"roles from before there were marks": func(t *testing.T) {
			for _, role := range []string{"sf_ingest", "sf_quality", "sf_snapshot", "sf_orchestrator"} {
				s.exec(t, "", "comment on role "+role+" is null")
			}
			s.exec(t, "", "create database second")

			require.ErrorContains(t, s.install("second", "of second"), `serves database "first"`)
			require.NoError(t, s.install("first", "of first"))

			require.Contains(t, s.ask(t, "", commentSQL), "(first)")
		},
		"a mark that came with the roles of another server": func(t *testing.T) {
			s.exec(t, "", "drop database first")
			s.exec(t, "", "do $$ begin execute format('comment on role sf_ingest is %L', 'StreamFlow: serves database '"+
				" || (select oid from pg_database where datname = 'postgres') || ' (streamflow)'); end $$")
			s.exec(t, "", "create database second")

			require.NoError(t, s.install("second", "of second"))
		},
		"what people wrote stays": func(t *testing.T) {
			s.exec(t, "", "do $$ begin execute format('comment on role sf_ingest is %L', E'Ask Eve.\\n' || ("+commentSQL+")); end $$")
			s.exec(t, "", "alter database first rename to third")

			require.NoError(t, s.install("third", "of third"))

			comment := s.ask(t, "", commentSQL)
			require.True(t, strings.HasPrefix(comment, "Ask Eve.\nStreamFlow: serves database "), comment)
			require.True(t, strings.HasSuffix(comment, " (third)"), comment)
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s.begin(t)
			tt(t)
		})
	}
}

func TestOfTwoInstallationsAtOnceOneHasTheRoles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	names := []string{"first", "second", "third"}
	errs := make([]error, len(names))
	for _, name := range names {
		s.exec(t, "", "create database "+name)
	}

	var g errgroup.Group
	for i, name := range names {
		g.Go(func() error { errs[i] = s.install(name, "of "+name); return nil })
	}
	require.NoError(t, g.Wait())

	served := -1
	for i, err := range errs {
		if err == nil {
			require.Equal(t, -1, served, "both %v and %s have them", served, names[i])
			served = i
		}
	}
	require.NotEqual(t, -1, served, "%v", errs)
	require.True(t, s.logsIn(t, names[served], "of "+names[served]))
	for i, err := range errs {
		if i != served {
			require.ErrorContains(t, err, `found that it serves database "`+names[served]+`"`)
		}
	}
}

// Roles stand in no dump, and may be lost or changed beside the database: every
// migration makes them what they are to be.
func TestEveryMigrationSeesToTheRoles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.begin(t)
	s.exec(t, "", "revoke sf_reader from sf_ingest; alter role sf_ingest reset all; alter role sf_ingest nologin")
	s.exec(t, "first", "drop owned by sf_quality; drop role sf_quality")

	require.NoError(t, s.install("first", "of first"))

	require.Equal(t, "true", s.ask(t, "", "select pg_has_role('sf_ingest', 'sf_reader', 'usage')::text"))
	require.Equal(t, "{idle_in_transaction_session_timeout=5s,log_min_error_statement=panic,log_error_verbosity=terse,log_parameter_max_length=0}", s.ask(t, "", "select rolconfig::text from pg_roles where rolname = 'sf_ingest'"))
	require.Equal(t, "1", s.ask(t, "", "select count(*)::text from pg_roles where rolname = 'sf_quality'"))
	require.True(t, s.logsIn(t, "first", "of first"))
}

func TestRolesLeaveTheDatabaseAsItIs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.exec(t, "", "create database first")

	require.NoError(t, postgres.Roles(t.Context(), postgres.MigrateConfig{
		OwnerURL: s.URL("first"), Login: map[string]string{"sf_ingest": "of first"},
	}))

	require.True(t, s.logsIn(t, "first", "of first"))
	require.Equal(t, "5", s.ask(t, "", "select count(*)::text from pg_roles where rolname like 'sf\\_%'"))
	require.Equal(t, "0", s.ask(t, "first", "select count(*)::text from pg_namespace where nspname like 'sf\\_%'"))
}
