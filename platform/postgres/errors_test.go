package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestTransient(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want bool
	}{
		"nothing":            {nil, false},
		"deadlock":           {&pgconn.PgError{Code: "40P01"}, true},
		"serialization":      {&pgconn.PgError{Code: "40001"}, true},
		"admin shutdown":     {&pgconn.PgError{Code: "57P01"}, true},
		"starting up":        {&pgconn.PgError{Code: "57P03"}, true},
		"connection failure": {&pgconn.PgError{Code: "08006"}, true},
		"disk full":          {&pgconn.PgError{Code: "53100"}, true},
		"out of memory":      {&pgconn.PgError{Code: "53200"}, true},
		"input or output":    {&pgconn.PgError{Code: "58030"}, true},
		"not promoted yet":   {&pgconn.PgError{Code: "25006"}, true},
		"wrong password":     {&pgconn.PgError{Code: "28P01"}, true},
		"not in pg_hba.conf": {&pgconn.PgError{Code: "28000"}, true},
		"a library is gone":  {&pgconn.PgError{Code: "58P01"}, false},
		"temp_file_limit":    {&pgconn.PgError{Code: "53400"}, false},
		"row too wide":       {&pgconn.PgError{Code: "54000"}, false},
		"idle in tx":         {&pgconn.PgError{Code: "25P03"}, true},
		"unique violation":   {&pgconn.PgError{Code: "23505"}, false},
		"query cancelled":    {&pgconn.PgError{Code: "57014"}, false},
		"cut off":            {io.ErrUnexpectedEOF, true},
		"caller gave up":     {context.Canceled, false},
		"anything else":      {errors.New("no"), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.err
			if err != nil {
				err = fmt.Errorf("copy users: %w", err)
			}
			require.Equal(t, tt.want, postgres.Transient(err))
			reason := problem.DatabaseUnavailable
			if postgres.Code(err) == "53100" {
				reason = problem.DatabaseFull
			}
			require.Equal(t, tt.want, problem.Is(postgres.Problem(err), reason))
		})
	}
}

func TestARealOutageIsTransient(t *testing.T) {
	t.Parallel()
	nobody, err := postgres.Open(postgres.PoolConfig{URL: "postgres://u:p@127.0.0.1:1/x"})
	require.NoError(t, err)
	defer nobody.Close()
	_, err = nobody.Exec(t.Context(), "select 1")
	require.True(t, postgres.Transient(err), "refused: %v", err)

	db := pgtest.New(t)
	pool := db.Pool(t, "sf_ingest")
	ended := make(chan error, 1)
	go func() {
		_, err := pool.Exec(context.Background(), "select pg_sleep(60) /* to be terminated */")
		ended <- err
	}()
	require.Eventually(t, func() bool {
		return len(db.Rows(t, "select pg_terminate_backend(pid) from pg_stat_activity where query like '%to be terminated%' and datname = current_database() and usename = 'sf_ingest' and state = 'active'")) == 1
	}, 15*time.Second, 100*time.Millisecond)
	require.True(t, postgres.Transient(<-ended))
}

func TestProblemKeepsAReason(t *testing.T) {
	t.Parallel()
	own := problem.Wrap(&pgconn.PgError{Code: "40001"}, problem.StagingLost, "x")
	require.Same(t, own, postgres.Problem(own))
	require.Equal(t, "42P01", postgres.Code(fmt.Errorf("x: %w", &pgconn.PgError{Code: "42P01"})))
	require.Empty(t, postgres.Code(io.EOF))
	require.True(t, postgres.IsUndefinedTable(&pgconn.PgError{Code: "42P01"}))
	require.True(t, postgres.IsLockTimeout(&pgconn.PgError{Code: "55P03"}))
}

func TestNeedsRoom(t *testing.T) {
	t.Parallel()
	full := postgres.Problem(fmt.Errorf("copy: %w", &pgconn.PgError{Code: "53100", Message: "could not extend file"}))
	err := postgres.NeedsRoom(full, "staging users.csv", 1_290_000_000)
	require.True(t, problem.Is(err, problem.DatabaseFull))
	require.ErrorContains(t, err, "could not extend file")
	require.ErrorContains(t, err, "staging users.csv needs about 1.3 GB of room")
	require.ErrorContains(t, postgres.NeedsRoom(full, "staging", 0), "how much is not known")
	other := errors.New("no")
	require.Same(t, other, postgres.NeedsRoom(other, "staging", 1))
	require.NoError(t, postgres.NeedsRoom(nil, "staging", 1))
}
