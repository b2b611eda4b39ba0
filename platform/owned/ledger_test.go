package owned_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/owned"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var ledger = owned.Ledger{SQL: `public."ledger of tables"`, First: "first published"}

const made = `create table public."ledger of tables" (schema_name text, table_name text, dataset text not null, since timestamptz default now(), primary key (schema_name, table_name))`

func in(names ...string) []relation.Relation {
	var all []relation.Relation
	for _, n := range names {
		all = append(all, relation.Relation{Schema: "public", Name: n})
	}
	return all
}

func TestTheFirstHasATable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, made)
	ctx, q := t.Context(), db.Owner

	require.NoError(t, ledger.Check(ctx, q, "shop", in("labels", "users")))
	require.NoError(t, ledger.Take(ctx, q, "shop", in("labels", "users")))
	require.NoError(t, ledger.Take(ctx, q, "shop", in("users", "orders")), "again, and one more")
	require.NoError(t, ledger.Check(ctx, q, "other", in("theirs")))
	err := ledger.Check(ctx, q, "other", in("users", "theirs", "labels"))
	taken := ledger.Take(ctx, q, "other", in("theirs", "labels"))

	require.True(t, problem.Is(err, problem.TableTaken), "%v", err)
	require.ErrorContains(t, err, "dataset other may not write into tables of others: public.labels was first published by dataset shop; public.users was first published by dataset shop; nothing was written")
	require.Len(t, problem.FromError(err).Violations, 2)
	require.True(t, problem.Is(taken, problem.TableTaken), "%v", taken)
	require.NoError(t, ledger.Check(ctx, q, "other", []relation.Relation{{Schema: "away", Name: "users"}}), "of another schema")
}

// Of two at once the one that commits first has the table; the other waits, and is refused.
func TestOfTwoAtOnceOneHasTheTable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, made)
	first, err := db.Owner.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, ledger.Take(t.Context(), first, "one", in("users")))
	second := make(chan error, 1)
	go func() {
		second <- pgx.BeginFunc(t.Context(), db.Owner, func(tx pgx.Tx) error { return ledger.Take(t.Context(), tx, "two", in("users")) })
	}()
	require.NoError(t, first.Commit(t.Context()))

	require.True(t, problem.Is(<-second, problem.TableTaken))
	require.Equal(t, []string{"one"}, db.Rows(t, `select dataset from public."ledger of tables"`))
}
