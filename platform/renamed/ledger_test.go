package renamed_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/renamed"
)

// schema is the table as each service's migration makes it.
const schema = `create table public.renamed (
    schema_name text collate "C" not null, table_name text collate "C" not null, number bigint not null,
    column_name text not null, renamed_from text not null, up_to date, declared boolean not null default true,
    renamed_at timestamptz not null default now(), primary key (schema_name, table_name, number, column_name))`

var (
	ab = relation.Rename{From: "a", To: "b"}
	ba = relation.Rename{From: "b", To: "a"}
	bc = relation.Rename{From: "b", To: "c"}
)

func TestTheLedgerKeepsEveryStep(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, schema)
	const ledger = renamed.Ledger("public.renamed")
	users, orders := relation.Relation{Schema: "public", Name: "users"}, relation.Relation{Schema: "public", Name: `or"ders`}
	ctx := t.Context()

	require.NoError(t, ledger.Add(ctx, db.Owner, users, renamed.Step{UpTo: "2024-01-31", Renames: []relation.Rename{ab}}))
	require.NoError(t, ledger.Add(ctx, db.Owner, users, renamed.Step{UpTo: "2024-02-29", Renames: []relation.Rename{bc}}))
	require.NoError(t, ledger.Add(ctx, db.Owner, orders, renamed.Step{Renames: []relation.Rename{ba, ab}}))
	all, err := ledger.Of(ctx, db.Owner, users, orders, relation.Relation{Schema: "public", Name: "others"})

	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, []renamed.Step{{"2024-01-31", []relation.Rename{ab}}, {"2024-02-29", []relation.Rename{bc}}}, all[users].Steps)
	require.Equal(t, []relation.Rename{ab, bc}, all[users].Standing)
	require.Equal(t, []renamed.Step{{"", []relation.Rename{ba, ab}}}, all[orders].Steps)
}

// A rename that is not declared any more was carried out all the same; declared again, it
// is another one.
func TestWhatIsClosedStandsNoMore(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, schema)
	const ledger = renamed.Ledger("public.renamed")
	users := relation.Relation{Schema: "public", Name: "users"}
	ctx := t.Context()
	require.NoError(t, ledger.Add(ctx, db.Owner, users, renamed.Step{Renames: []relation.Rename{ab, ba}}))

	require.NoError(t, ledger.Close(ctx, db.Owner, users, []relation.Rename{ab}))
	closed, err := ledger.Of(ctx, db.Owner, users)
	require.NoError(t, err)
	require.NoError(t, ledger.Add(ctx, db.Owner, users, renamed.Step{Renames: []relation.Rename{ab, ba}}))
	again, err := ledger.Of(ctx, db.Owner, users)
	require.NoError(t, err)

	require.Equal(t, []relation.Rename{ba}, closed[users].Standing)
	require.Len(t, closed[users].Steps, 1)
	require.Equal(t, []relation.Rename{ba, ab}, again[users].Standing)
	require.Len(t, again[users].Steps, 2)
}
