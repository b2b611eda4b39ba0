package digest_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func column(t *testing.T, name, typ string) layout.Column {
	t.Helper()
	parsed, err := dataset.ParseType(typ)
	require.NoError(t, err)
	return layout.Column{Name: name, Type: parsed}
}

func TestSQL(t *testing.T) {
	t.Parallel()
	columns := []layout.Column{
		column(t, "user_id", "text"), column(t, `odd "name"`, "numeric(5,2)"), column(t, "score", "double precision"), column(t, "day", "date"),
	}

	got := digest.SQL(relation.Relation{Schema: "s", Name: "t"}.SQL(), columns)

	require.Equal(t, `select count(*), 'h1:' || count(*) || ':' || coalesce(sum(hashtextextended(row("user_id", trim_scale("odd ""name"""), "score" + 0, "day")::text, 0)), 0)
from "s"."t"`, got)
}

// hash makes a table of one column of the type and hashes it.
func hash(t *testing.T, db *pgtest.Database, typ, values string) digest.Sum {
	t.Helper()
	tx, err := db.Owner.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "create table public.t (v "+typ+"); insert into public.t "+values)
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), digest.Settings)
	require.NoError(t, err)
	sum, err := digest.Of(t.Context(), tx.Conn(), relation.Relation{Schema: "public", Name: "t"}, []layout.Column{column(t, "v", typ)})
	require.NoError(t, err)
	return sum
}

func TestEqualContentHashesEqually(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	cases := []struct{ name, typ, one, other string }{
		{"order", "integer", "values (1), (2), (3)", "values (3), (1), (2)"},
		{"trailing zeros", "numeric", "values (1.50), (100), (0.00)", "values (1.5), (100.000), (0)"},
		{"minus zero", "double precision", "values ('-0'), (1e300)", "values (0), (1e300)"},
		{"not a number", "double precision", "values ('NaN')", "values ('nan')"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, hash(t, db, c.typ, c.one), hash(t, db, c.typ, c.other))
		})
	}
}

func TestOtherContentHashesOtherwise(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	cases := []struct{ name, typ, one, other string }{
		{"a value", "integer", "values (1), (2)", "values (1), (3)"},
		{"a row more", "integer", "values (1), (2)", "values (1), (2), (2)"},
		{"doubled rows", "integer", "values (1), (1), (2)", "values (1), (2), (2)"},
		{"NULL or empty", "text", "values (null)", "values ('')"},
		{"NULL or its name", "text", "values (null)", "values ('NULL')"},
		{"case", "text", "values ('a')", "values ('A')"},
		{"the last digit of a numeric", "numeric", "values (0.12345678901234567)", "values (0.12345678901234568)"},
		{"the last bit of a double", "double precision", "values (0.1)", "values (0.10000000000000002)"},
		{"NULL or false", "boolean", "values (null::boolean)", "values (false)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.NotEqual(t, hash(t, db, c.typ, c.one).Hash, hash(t, db, c.typ, c.other).Hash)
		})
	}
}

func TestEmptyTable(t *testing.T) {
	t.Parallel()

	require.Equal(t, digest.Sum{Rows: 0, Hash: "h1:0:0"}, hash(t, pgtest.New(t), "text", "select 'x' where false"))
}

// Fields must not run into one another, whatever stands in them.
func TestFieldsDoNotRunTogether(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	columns := []layout.Column{column(t, "a", "text"), column(t, "b", "text")}
	seen := map[string]string{}
	for _, row := range []string{
		`'x', 'y'`, `'x,y', ''`, `'x,y', null`, `'', 'x,y'`, `null, 'x,y'`, `'x"', 'y'`, `'x\"', 'y'`, `'x)', 'y'`, `'x ', 'y'`, `'x', ' y'`, `E'x\n', 'y'`,
	} {
		db.Exec(t, "drop table if exists public.two; create table public.two as select a::text, b::text from (values ("+row+")) v (a, b)")
		conn, err := pgx.Connect(t.Context(), db.OwnerURL())
		require.NoError(t, err)
		sum, err := digest.Of(t.Context(), conn, relation.Relation{Schema: "public", Name: "two"}, columns)
		require.NoError(t, err)
		require.NoError(t, conn.Close(t.Context()))
		require.NotContains(t, seen, sum.Hash, row)
		seen[sum.Hash] = row
	}
}

// A content that is changed row by row has the sum of the rows that it has then.
func TestTheSumOfWhatChanged(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	before := hash(t, db, "text", "values ('a'), ('b'), ('b'), (null)")
	taken, added := hash(t, db, "text", "values ('b'), (null)"), hash(t, db, "text", "values ('c'), ('d'), ('')")

	after, err := before.Changed(taken, added)
	require.NoError(t, err)
	require.Equal(t, hash(t, db, "text", "values ('a'), ('b'), ('c'), ('d'), ('')"), after)

	none := hash(t, db, "text", "select 'x' where false")
	same, err := after.Changed(none, none)
	require.NoError(t, err)
	require.Equal(t, after, same)

	emptied, err := after.Changed(after, none)
	require.NoError(t, err)
	require.Equal(t, none, emptied)

	_, err = after.Changed(digest.Sum{Rows: 1, Hash: "h2:1:5"}, none)
	require.EqualError(t, err, `hash of 1 rows: expected h1:<rows>:<sum>, found "h2:1:5"`)
}
