package stamp

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// A row has the lower half of its transaction's number, and no number below three.
func TestRowsWrittenSinceATransaction(t *testing.T) {
	t.Parallel()
	for xact, short := range map[int64]string{
		750: "750", 4294967295: "4294967295", 4294967296: "3", 4294967298: "3", 4294967300: "4", 3*4294967296 + 12: "12",
	} {
		require.Equal(t, `pg_catalog.age(xmin) <= pg_catalog.age('`+short+`'::pg_catalog.xid)`, writtenSince(xact))
	}
}

func TestWhatIsWrittenSinceIsFound(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, db.OwnerURL())
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	db.Exec(t, "create table p as select i from generate_series(1, 5) i")
	db.Exec(t, "vacuum freeze p")

	// Others' transactions are of the same server: this one's tables are written by none of them.
	var xact int64
	require.NoError(t, conn.QueryRow(ctx, "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&xact))
	require.Equal(t, []string{"0"}, db.Rows(t, "select count(*) from p where "+writtenSince(xact)))
	db.Exec(t, "update p set i = 6 where i = 5; insert into p values (7); delete from p where i = 1")

	require.Equal(t, []string{"6", "7"}, db.Rows(t, "select i from p where "+writtenSince(xact)+" order by i"))
	for behind, want := range map[int64]bool{0: true, 1 << 31: false} {
		near, err := isNear(ctx, conn, xact-behind)
		require.NoError(t, err)
		require.Equal(t, want, near, "%d transactions ago", behind)
	}
}

func TestATransactionThatHasNotEndedIsNotBefore(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, db.OwnerURL())
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	other, err := db.Owner.Begin(ctx)
	require.NoError(t, err)
	var open int64
	require.NoError(t, other.QueryRow(ctx, "select pg_current_xact_id()::text::bigint").Scan(&open))
	db.Exec(t, "select pg_current_xact_id()") // a later one, which has ended

	xact, err := endedBefore(ctx, conn)

	require.NoError(t, err)
	require.LessOrEqual(t, xact, open)
	require.NoError(t, other.Rollback(ctx))
}

// A copy is attached among the revisions of the past without being read, whatever is written
// in its rows of its revision, which is nothing.
func TestAttachingACopyReadsNoRow(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := t.Context()
	var notices []string
	cfg, err := pgx.ParseConfig(db.OwnerURL())
	require.NoError(t, err)
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n.Message) }
	conn, err := pgx.ConnectConfig(ctx, cfg)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	l := odd()
	from, kept, final := l.Partition(january, 1), l.KeptPrepared(january, 1, 7), l.Kept(january, 1)
	candidate := relation.Relation{Schema: "public", Name: "candidate"}
	columns := append(layout.Names(l.Columns()), layout.AsOf)
	for _, statement := range append([]string{
		"create schema sf_history", `create table candidate as select i::text as "user id", i as "order", i / 100.0 as "select" from generate_series(1, 1000) i`,
		createPartition(l, from, january), fillPartition(l, from, candidate, january), createParent(l), createAllKept(l),
		createKept(kept, from), fillKept(kept, columns, from, columns) + "; " + closeKept(l, kept, january, 1),
		"set client_min_messages = debug1",
	}, attachKept(l, kept, final, january, 1)...) {
		_, err := conn.Exec(ctx, statement)
		require.NoError(t, err, statement)
	}

	require.Contains(t, strings.Join(notices, "\n"), "is implied by existing constraints")
	require.Equal(t, []string{"1000|1|1"}, db.Rows(t, "select count(*), min(sf_revision), max(sf_revision) from "+l.AllKept().SQL()))
	require.Equal(t, []string{"t"}, db.Rows(t, "select indisprimary from pg_index where indrelid = $1::regclass", final.SQL()))
	_, err = conn.Exec(ctx, "insert into "+final.SQL()+` ("user id", "order", as_of) values ('x', 1, '2024-01-30')`)
	require.Error(t, err)
}
