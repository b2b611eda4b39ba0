package stamp

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var january = time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC)

// odd is a layout whose every name needs its quotes.
func odd() layout.Layout {
	return layout.Layout{
		Snapshot: `Odd "snap"`, From: "odd", Table: relation.Relation{Schema: "public", Name: `Odd "snap"`},
		Key:  []layout.Column{{Name: "user id", Type: dataset.ColumnType{Name: dataset.Text}}, {Name: "order", Type: dataset.ColumnType{Name: dataset.Integer}}},
		Rest: []layout.Column{{Name: "select", Type: dataset.ColumnType{Name: dataset.Numeric, Precision: 5, Scale: 2}}},
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	l := odd()
	prepared, final := l.Prepared(january, 1, 7), l.Partition(january, 1)
	candidate := relation.Relation{Schema: "sf_staging", Name: "bat_1"}
	cases := []struct{ name, got, want string }{
		{"create", createPartition(l, prepared, january), `create table "sf_history"."Odd ""snap""__2024_01_31__r1__f7" (
    "user id" text not null,
    "order" integer not null,
    as_of date not null,
    "select" numeric(5,2),
    constraint sf_as_of check (as_of = date '2024-01-31')
)`},
		{"fill", fillPartition(l, prepared, candidate, january), `insert into "sf_history"."Odd ""snap""__2024_01_31__r1__f7" ("user id", "order", "select", as_of)
select "user id", "order", "select", date '2024-01-31'
from "sf_staging"."bat_1"
order by "user id" collate "C", "order"`},
		{"key", addPrimaryKey(l, prepared), `alter table "sf_history"."Odd ""snap""__2024_01_31__r1__f7" add constraint "Odd ""snap""__2024_01_31__r1__f7_pkey" primary key ("user id", "order", "as_of")`},
		{"parent", createParent(l), `create table "public"."Odd ""snap""" (
    "user id" text not null,
    "order" integer not null,
    as_of date not null,
    "select" numeric(5,2),
    primary key ("user id", "order", "as_of")
) partition by list (as_of);
grant select on "public"."Odd ""snap""" to sf_reader`},
		{"attach", attach(l, prepared, final, january), `alter table "public"."Odd ""snap""" attach partition "sf_history"."Odd ""snap""__2024_01_31__r1__f7" for values in ('2024-01-31');
alter table "sf_history"."Odd ""snap""__2024_01_31__r1__f7" rename to "Odd ""snap""__2024_01_31__r1";
alter table "sf_history"."Odd ""snap""__2024_01_31__r1" rename constraint "Odd ""snap""__2024_01_31__r1__f7_pkey" to "Odd ""snap""__2024_01_31__r1_pkey";
grant select on "sf_history"."Odd ""snap""__2024_01_31__r1" to sf_reader`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.got)
		})
	}
}

// Attaching must neither read the rows nor build an index: it would take as long as
// the table is large, under lock.
func TestAttachReadsNoRow(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var notices []string
	cfg, err := pgx.ParseConfig(db.OwnerURL())
	require.NoError(t, err)
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n.Message) }
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	l := odd()
	prepared := l.Prepared(january, 1, 7)
	candidate := relation.Relation{Schema: "public", Name: "candidate"}
	for _, statement := range []string{
		"create schema sf_history", `create table candidate as select i::text as "user id", i as "order", i / 100.0 as "select" from generate_series(1, 1000) i`,
		createPartition(l, prepared, january), fillPartition(l, prepared, candidate, january), addPrimaryKey(l, prepared), createParent(l),
		"set client_min_messages = debug1",
	} {
		_, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	index := db.Rows(t, "select indexrelid from pg_index where indrelid = $1::regclass", prepared.SQL())

	_, err = conn.Exec(t.Context(), attach(l, prepared, l.Partition(january, 1), january))

	require.NoError(t, err)
	require.Contains(t, strings.Join(notices, "\n"), "is implied by existing constraints")
	require.Equal(t, index, db.Rows(t, "select indexrelid from pg_index where indrelid = $1::regclass", l.Partition(january, 1).SQL()))
	require.Equal(t, []string{"1000"}, db.Rows(t, `select count(*) from "Odd ""snap"""`))
}
