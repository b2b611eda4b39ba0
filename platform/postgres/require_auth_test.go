package postgres_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
)

// clearText is a server that asks whoever comes for the password in clear text, and says
// what it got after that.
func clearText(t *testing.T) (address string, got <-chan []byte) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = lis.Close() })
	answers := make(chan []byte, 1)
	go func() {
		conn, err := lis.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		var length [4]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(length[:]))-4); err != nil {
			return
		}
		_, _ = conn.Write([]byte{'R', 0, 0, 0, 8, 0, 0, 0, 3}) // AuthenticationCleartextPassword
		said, _ := io.ReadAll(io.LimitReader(conn, 64))
		answers <- said
	}()
	return lis.Addr().String(), answers
}

// With require_auth=scram-sha-256 in its URL a service gives its password to no server that
// asks for it in another way, whoever has taken the server's place.
func TestNoPasswordGoesToWhoAsksForItInClearText(t *testing.T) {
	t.Parallel()
	address, got := clearText(t)
	pool, err := postgres.Open(postgres.PoolConfig{URL: "postgres://sf_ingest:secret@" + address + "/x?sslmode=disable&require_auth=scram-sha-256"})
	require.NoError(t, err)
	defer pool.Close()

	_, err = pool.Connect(t.Context())

	require.Error(t, err)
	require.NotContains(t, string(<-got), "secret")
}

// A server that has a verifier of the role lets it in so.
func TestWhatMigrateSentIsLoggedInWithByScram(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool, err := postgres.Open(postgres.PoolConfig{URL: db.URL("sf_ingest") + "&require_auth=scram-sha-256"})
	require.NoError(t, err)
	defer pool.Close()

	var one int
	require.NoError(t, pool.QueryRow(t.Context(), "select 1").Scan(&one))
	require.Equal(t, 1, one)
}
