package faults

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// gate holds whoever does a statement on a table, in the middle of its transaction,
// until it is opened.
type gate struct {
	conn *pgx.Conn
	url  string
}

const gateLock = 8613

// shut puts a gate before a statement, such as: insert on sf_quality.validation.
func shut(t *testing.T, url, when, table, condition string) *gate {
	t.Helper()
	exec1(t, url, fmt.Sprintf(`
		create function public.gate() returns trigger language plpgsql as
			'begin perform pg_advisory_xact_lock(%d); return coalesce(new, old); end';
		create trigger gate before %s on %s for each row %s execute function public.gate()`, gateLock, when, table, condition))
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), fmt.Sprintf("select pg_advisory_lock(%d)", gateLock))
	require.NoError(t, err)
	g := &gate{conn: conn, url: url}
	t.Cleanup(func() { g.open(t) })
	return g
}

// reached waits until somebody stands before the gate.
func (g *gate) reached(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		var waiting bool
		err := g.conn.QueryRow(t.Context(), `select exists (select from pg_locks
			where locktype = 'advisory' and objid = $1 and not granted)`, gateLock).Scan(&waiting)
		require.NoError(t, err)
		return waiting
	}, 30*time.Second, 10*time.Millisecond, "the step comes to the gate")
}

// open lets everybody through, for good. A gate that went down with the server is open.
func (g *gate) open(t *testing.T) {
	t.Helper()
	if g.conn == nil {
		return
	}
	err := g.conn.Close(context.Background())
	g.conn = nil
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Log("gate:", err)
	}
}
