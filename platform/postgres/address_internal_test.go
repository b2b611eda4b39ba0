package postgres

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// Where the database is, and as whom a service speaks to it, is for who runs both.
func TestACallerIsNotToldWhereTheDatabaseIs(t *testing.T) {
	t.Parallel()
	_, away := pgconn.Connect(t.Context(), "postgres://sf_secret:pw@127.0.0.1:1/crm?connect_timeout=2")
	require.ErrorContains(t, away, "sf_secret", "otherwise the test tests nothing")
	require.ErrorContains(t, away, "127.0.0.1")
	_, unknown := pgconn.Connect(t.Context(), "postgres://sf_secret:pw@127.0.0.300/crm?connect_timeout=2")
	require.ErrorContains(t, unknown, "127.0.0.300")
	between := &net.OpError{
		Op: "read", Net: "tcp",
		Source: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40404}, Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5432},
		Err: syscall.ECONNRESET,
	}
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"nobody listens":      {away, "PostgreSQL did not finish the work: copy: no connection was to be had"},
		"no such host":        {unknown, "PostgreSQL did not finish the work: copy: no connection was to be had"},
		"the connection went": {between, "PostgreSQL did not finish the work: copy: read: connection reset by peer"},
		"a name": {
			&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "db.secret", Server: "10.0.0.2:53"}},
			"PostgreSQL did not finish the work: copy: dial: no such host",
		},
		"the server's own words": {
			&pgconn.PgError{Severity: "FATAL", Code: "57P01", Message: "terminating connection due to administrator command"},
			"PostgreSQL did not finish the work: copy: FATAL: terminating connection due to administrator command (SQLSTATE 57P01)",
		},
	} {
		p := Problem(fmt.Errorf("copy: %w", tc.err))

		require.True(t, problem.Is(p, problem.DatabaseUnavailable), name)
		require.EqualError(t, p, tc.want, name)
		require.ErrorContains(t, errors.Unwrap(p), tc.err.Error(), "the log has all of it")
	}
}
