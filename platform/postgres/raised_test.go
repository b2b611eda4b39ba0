package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// What somebody's own function raises is no fault of the server that passes, whatever
// code it is given: it would be tried for ever.
func TestWhatAUsersFunctionRaisesIsTheirs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `
create function fails(code text) returns int language plpgsql as $$ begin raise exception 'not today' using errcode = code; end $$;
create function outer_one(code text) returns int language plpgsql as $$ begin return public.fails(code); end $$;
create function divides() returns int language plpgsql as $$ begin return 1 / 0; end $$;
create function divides_in_sql(n int) returns int language sql volatile as $$ select 1 / n from generate_series(1, 2) $$;
create function names_badly() returns int language plpgsql set search_path = public as $$ begin return fails('22012'); end $$;
create table unseen ();
create function denied() returns int language plpgsql as 'begin return (select count(*) from public.unseen); end';
create table held (v int);
grant select, update on held to sf_ingest;
create function locks() returns int language plpgsql as $$ begin lock table public.held in row exclusive mode nowait; return 1; end $$;
create function sf_platform.own(code text) returns int language plpgsql as $$ begin raise exception 'ours' using errcode = code; end $$;
grant usage on schema sf_platform to sf_ingest`)
	pool := db.Pool(t, "sf_ingest")
	blocker, err := db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = blocker.Rollback(context.Background()) }()
	_, err = blocker.Exec(t.Context(), "lock table held in exclusive mode")
	require.NoError(t, err)
	for sql, want := range map[string]struct {
		said      string // of LIVE_TABLE_DIFFERS; empty: it is not theirs
		transient bool
	}{
		"select public.fails('40001')":        {"function public.fails(text), which PostgreSQL calls as the rows are written, failed", false},
		"select public.fails('40P01')":        {"function public.fails(text)", false},
		"select public.fails('08006')":        {"not today", false},
		"select public.fails('57014')":        {"function public.fails(text)", false},
		"select public.fails('53100')":        {"function public.fails(text)", false},
		"select public.fails('28P01')":        {"function public.fails(text)", false},
		"select public.outer_one('40001')":    {"function public.fails(text)", false},
		"select public.divides()":             {"division by zero", false},
		"select public.divides_in_sql(0)":     {"function divides_in_sql", false},
		"select public.names_badly()":         {"function public.fails(text)", false},
		"select public.denied()":              {"grant the role that, or make the function security definer", false},
		"select public.fails('42501')":        {"mend it or the rows", false},
		"select public.locks()":               {"", true}, // somebody holds the lock, and lets go of it
		"select sf_platform.own('40001')":     {"", true},
		"select sf_platform.own('22012')":     {"", false},
		"select 1 / (select 0)":               {"", false},
		"do $$ begin perform 1 / 0; end $$":   {"", false}, // of no function
		"select from public.no_such_relation": {"", false},
	} {
		_, err := pool.Exec(t.Context(), sql)

		require.Error(t, err, sql)
		said, theirs := postgres.FunctionFailed(err)
		require.Equal(t, want.said != "", theirs, "%s: %v", sql, err)
		require.Contains(t, said, want.said, sql)
		require.Equal(t, want.transient, postgres.Transient(err), sql)
		require.Equal(t, theirs, problem.Is(postgres.Problem(err), problem.LiveTableDiffers), sql)
		require.Equal(t, want.transient, problem.Transient(postgres.Problem(err)), sql)
	}
}

// Whoever cancels a statement, or stops the server, does so wherever it is just then.
func TestACancelledFunctionIsNotToBlame(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `create function sleeps() returns int language plpgsql as $$ begin perform pg_catalog.pg_sleep(600); return 1; end $$`)
	pool := db.Pool(t, "sf_ingest")
	for end, transient := range map[string]bool{"pg_cancel_backend": false, "pg_terminate_backend": true} {
		done := make(chan error, 1)
		go func() { _, err := pool.Exec(context.Background(), "select public.sleeps()"); done <- err }()
		require.Eventually(t, func() bool {
			return len(db.Rows(t, "select "+end+"(pid) from pg_stat_activity where query = 'select public.sleeps()' and state = 'active' and wait_event = 'PgSleep'")) > 0
		}, 30*time.Second, 10*time.Millisecond)

		err := <-done

		require.Error(t, err)
		_, theirs := postgres.FunctionFailed(err)
		require.False(t, theirs, "%v", err)
		require.Equal(t, transient, postgres.Transient(err), "%v", err)
	}
}

func TestAnErrorOfNoServerIsNobodysFunction(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("PL/pgSQL function public.f() line 1 at RAISE"), &pgconn.PgError{Code: "40001"}} {
		_, theirs := postgres.FunctionFailed(err)
		require.False(t, theirs, "%v", err)
	}
}
