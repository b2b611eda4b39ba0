package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
)

// odd are settings as somebody's server, database or role has them, and what a session
// of ours has instead.
var odd = map[string]struct{ theirs, ours string }{
	"search_path":                         {"public", "pg_catalog, pg_temp"},
	"row_security":                        {"on", "off"},
	"client_encoding":                     {"LATIN1", "UTF8"},
	"timezone":                            {"America/Caracas", "UTC"},
	"datestyle":                           {"German, DMY", "ISO, YMD"},
	"intervalstyle":                       {"sql_standard", "iso_8601"},
	"extra_float_digits":                  {"-5", "1"},
	"bytea_output":                        {"escape", "hex"},
	"standard_conforming_strings":         {"off", "on"},
	"array_nulls":                         {"off", "on"},
	"transform_null_equals":               {"on", "off"},
	"quote_all_identifiers":               {"on", "off"},
	"statement_timeout":                   {"1h", "0"},
	"lock_timeout":                        {"1h", "0"},
	"idle_session_timeout":                {"1h", "0"},
	"idle_in_transaction_session_timeout": {"0", "5s"},
	"log_parameter_max_length_on_error":   {"-1", "0"},
	"jit":                                 {"on", "off"},
	"default_transaction_isolation":       {"serializable", "read committed"},
	"default_transaction_read_only":       {"on", "off"},
	"default_transaction_deferrable":      {"on", "off"},
}

func oddDatabase(t *testing.T) *pgtest.Database {
	t.Helper()
	db := pgtest.New(t)
	for name, s := range odd {
		db.Exec(t, "alter role sf_ingest in database "+db.Name+" set "+name+" = "+quoted(name, s.theirs))
	}
	return db
}

func quoted(name, value string) string {
	if name == "datestyle" || name == "search_path" {
		return value
	}
	return "'" + value + "'"
}

func TestSessionsArePinnedWhateverARoleSays(t *testing.T) {
	t.Parallel()
	pool := oddDatabase(t).Pool(t, "sf_ingest")
	for name, s := range odd {
		var v string
		require.NoError(t, pool.QueryRow(t.Context(), "show "+name).Scan(&v))
		require.Equal(t, s.ours, strings.ReplaceAll(v, `"`, ""), name)
	}
	_, err := pool.Exec(t.Context(), "create table public.written ()")
	require.NoError(t, err)
}

func TestTransactionsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	pool := oddDatabase(t).Pool(t, "sf_ingest")
	for _, tt := range []struct {
		opts              pgx.TxOptions
		isolation, access string
	}{
		{pgx.TxOptions{}, "read committed", "off"},
		{pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, "repeatable read", "on"},
	} {
		tx, err := pool.BeginTx(t.Context(), tt.opts)
		require.NoError(t, err)
		var isolation, access string
		require.NoError(t, tx.QueryRow(t.Context(), "show transaction_isolation").Scan(&isolation))
		require.NoError(t, tx.QueryRow(t.Context(), "show transaction_read_only").Scan(&access))
		require.Equal(t, tt.isolation, isolation)
		require.Equal(t, tt.access, access)
		require.NoError(t, tx.Rollback(t.Context()))
		require.ErrorIs(t, tx.Rollback(t.Context()), pgx.ErrTxClosed, "a second end does nothing")
	}
	require.Equal(t, int32(1), pool.Stat().IdleConns(), "ended, they give their connection back")
}

// A trigger of somebody's own may set what it likes in the session that it runs in.
func TestWhatAFunctionSetsDoesNotReachTheNextTransaction(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t).Pool(t, "sf_ingest")
	c, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	defer c.Release()
	for name, s := range odd {
		if name != "client_encoding" { // what the driver reads is its own to guard
			_, err := c.Exec(t.Context(), "select pg_catalog.set_config($1, $2, false)", name, s.theirs)
			require.NoError(t, err)
		}
	}

	tx, err := postgres.Begin(t.Context(), c.Conn(), pgx.TxOptions{})

	require.NoError(t, err)
	for name, s := range odd {
		var v string
		require.NoError(t, tx.QueryRow(t.Context(), "show "+name).Scan(&v))
		if !strings.HasPrefix(name, "default_") { // the transaction says itself what it is
			require.Equal(t, s.ours, strings.ReplaceAll(v, `"`, ""), name)
		}
	}
	require.NoError(t, tx.Rollback(t.Context()))
}

// Candidates are unlogged, and live is updated in place, which not every way to store a
// table allows.
func TestTablesAreStoredAsPostgreSQLDoes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create access method columns type table handler heap_tableam_handler; alter database "+db.Name+" set default_table_access_method = columns")
	pool := db.Pool(t, "sf_ingest")

	_, err := pool.Exec(t.Context(), "create unlogged table public.written ()")

	require.NoError(t, err)
	require.Equal(t, []string{"heap"}, db.Rows(t, "select a.amname from pg_class c join pg_am a on a.oid = c.relam where c.relname = 'written'"))
}

func TestNamesAreUTF8WhateverTheClientSays(t *testing.T) {
	db := pgtest.New(t)
	t.Setenv("PGCLIENTENCODING", "LATIN1")
	pool := db.Pool(t, "sf_ingest")

	_, err := pool.Exec(t.Context(), `create table public.places ("straße" text)`)

	require.NoError(t, err)
	require.Equal(t, []string{"straße"}, db.Rows(t, "select attname from pg_attribute where attrelid = 'places'::regclass and attnum > 0"))
}

// Rows that a policy hides are neither there nor gone: a statement over them fails.
func TestAPolicyHidesNoRowInSilence(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create table t (v integer); insert into t values (1), (2); grant select on t to sf_ingest; alter table t enable row level security; create policy odd on t using (v % 2 = 1)")

	_, err := db.Pool(t, "sf_ingest").Exec(t.Context(), "select v from public.t")

	require.ErrorContains(t, err, "row-level security")
}

func TestSingleStatementsGiveTheirConnectionBack(t *testing.T) {
	t.Parallel()
	requireSingleStatements(t, pgtest.New(t).Pool(t, "sf_ingest"))
}

func requireSingleStatements(t *testing.T, pool *postgres.Pool) {
	t.Helper()
	var n int
	require.NoError(t, pool.QueryRow(t.Context(), "select 1").Scan(&n))
	require.ErrorIs(t, pool.QueryRow(t.Context(), "select 1 where false").Scan(&n), pgx.ErrNoRows)
	require.ErrorContains(t, pool.QueryRow(t.Context(), "select 'a'").Scan(&n), "cannot scan")
	require.ErrorContains(t, pool.QueryRow(t.Context(), "select 1 / $1::int", 0).Scan(&n), "division by zero")
	require.Error(t, pool.QueryRow(t.Context(), "select from nowhere").Scan(&n))
	_, err := pool.Exec(t.Context(), "select from nowhere")
	require.ErrorContains(t, err, "does not exist")
	rows, err := pool.Query(t.Context(), "select generate_series(1, 100000)")
	require.NoError(t, err)
	require.True(t, rows.Next())
	rows.Close() // before their end
	require.NoError(t, rows.Err())
	got, err := pool.Query(t.Context(), "select generate_series(1, 3)")
	require.NoError(t, err)
	all, err := pgx.CollectRows(got, pgx.RowTo[int])
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3}, all)
	b := &pgx.Batch{}
	b.Queue("select 7").QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
	b.Queue("select 1 / 0")
	require.ErrorContains(t, pool.SendBatch(t.Context(), b), "division by zero")
	require.Equal(t, 7, n)
	ended, stop := context.WithCancel(t.Context())
	stop()
	_, err = pool.Exec(ended, "select 1")
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, pool.Stat().AcquiredConns())
	boom := errors.New("boom")
	require.ErrorIs(t, pgx.BeginFunc(t.Context(), pool, func(pgx.Tx) error { return boom }), boom)
	require.Zero(t, pool.Stat().AcquiredConns())
}
