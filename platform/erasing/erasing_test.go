package erasing_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/erasing"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// family has customers, their orders, and the orders that were returned for others: an order
// refers to a customer, and to the order before it.
const family = `
create table public.keys (run text, dataset text, table_name text, key text[], place integer, seen boolean default false);
create table public.customers (id integer primary key, name text);
create table public.orders (shop text, id integer, customer integer, follows_shop text, follows integer, primary key (shop, id));
insert into public.customers select i, 'c' || i from generate_series(1, 3000) i;
insert into public.orders select 's', i, (i + 1) / 2, null, null from generate_series(1, 6000) i;
insert into public.orders values ('s', 7000, 2999, 's', 1), ('s', 7001, 2999, 's', 7000), ('s', 7002, 3000, 's', 7002)`

func in(name string) relation.Relation { return relation.Relation{Schema: "public", Name: name} }

var (
	number = erasing.Column{Name: "id", Cast: "integer"}
	shopOf = erasing.Column{Name: "shop", Cast: "text"}
	people = erasing.Part{Table: "customers", From: in("customers"), Key: []erasing.Column{number}}
	orders = erasing.Part{Table: "orders", From: in("orders"), Key: []erasing.Column{shopOf, number}, References: []erasing.Reference{
		{Parent: "customers", Columns: []erasing.Column{{Name: "customer", Cast: "integer"}}},
		{Parent: "orders", Columns: []erasing.Column{{Name: "follows_shop", Cast: "text"}, {Name: "follows", Cast: "integer"}}},
	}}
)

// inside runs a test in a transaction that is taken back.
func inside(t *testing.T, keys string, do func(ctx context.Context, tx pgx.Tx, k erasing.Keys)) {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(t, family)
	tx, err := db.Owner.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "insert into public.keys (run, dataset, table_name, key, place) "+keys)
	require.NoError(t, err)
	do(t.Context(), tx, erasing.Keys{In: in("keys"), Run: "run_1", Dataset: "shop"})
}

// What refers to a key goes with it to the last generation, whoever else is entered.
func TestWhoRefersIsFoundToTheLastGeneration(t *testing.T) {
	t.Parallel()
	inside(t, `values ('run_1', 'shop', 'customers', '{1}', 1), ('run_1', 'shop', 'customers', '{99999}', 2), ('run_2', 'shop', 'customers', '{2}', 1)`,
		func(ctx context.Context, tx pgx.Tx, k erasing.Keys) {
			found, err := k.Fixpoint(ctx, tx, []erasing.Part{people, orders})
			require.NoError(t, err)
			require.EqualValues(t, 4, found, "two orders of the customer, the one that follows the first of them, and the one that follows that")

			again, err := k.Fixpoint(ctx, tx, []erasing.Part{people, orders})
			require.NoError(t, err)
			require.Zero(t, again)

			n, err := k.Count(ctx, tx, orders)
			require.NoError(t, err)
			require.EqualValues(t, 4, n)
			require.NoError(t, k.See(ctx, tx, people))
			var seen []int32
			require.NoError(t, tx.QueryRow(ctx, "select array_agg(place order by place) from public.keys where seen").Scan(&seen))
			require.Equal(t, []int32{1}, seen)

			went, err := k.Delete(ctx, tx, orders)
			require.NoError(t, err)
			require.EqualValues(t, 4, went)
			var left string
			require.NoError(t, tx.QueryRow(ctx, "show enable_nestloop").Scan(&left))
			require.Equal(t, "on", left, "a key is looked for by its index")
		})
}

// Many keys are not looked for one by one, although nobody told the planner of them.
func TestManyKeysAreLookedForAtOnce(t *testing.T) {
	t.Parallel()
	inside(t, `select 'run_1', 'shop', 'customers', array[i::text], i from generate_series(1, 2500) i`,
		func(ctx context.Context, tx pgx.Tx, k erasing.Keys) {
			found, err := k.Fixpoint(ctx, tx, []erasing.Part{people, orders})
			require.NoError(t, err)
			require.EqualValues(t, 5002, found)
			var now string
			require.NoError(t, tx.QueryRow(ctx, "show enable_nestloop").Scan(&now))
			require.Equal(t, "off", now)

			for _, p := range []erasing.Part{orders, people} {
				n, err := k.Count(ctx, tx, p)
				require.NoError(t, err)
				went, err := k.Delete(ctx, tx, p)
				require.NoError(t, err)
				require.Equal(t, n, went)
			}
			var left [2]int
			require.NoError(t, tx.QueryRow(ctx, "select (select count(*) from public.customers), (select count(*) from public.orders)").Scan(&left[0], &left[1]))
			require.Equal(t, [2]int{500, 1001}, left)
		})
}
