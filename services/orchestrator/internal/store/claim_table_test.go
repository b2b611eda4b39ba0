package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// keepers stand for the functions of ingest and snapshot, over tables that a test fills.
const keepers = `
create schema if not exists %[1]s;
grant usage on schema %[1]s to sf_orchestrator;
create table %[1]s.table_owner (schema_name text, table_name text, dataset text);
create function %[1]s.owned_tables(of_datasets text[]) returns table (schema_name text, table_name text, dataset text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select o.schema_name, o.table_name, o.dataset from %[1]s.table_owner o where o.dataset = any (of_datasets) $$;
grant execute on function %[1]s.owned_tables(text[]) to sf_orchestrator`

// kept has ingest and snapshot be there, and keep what was published.
func (b *bench) kept(t *testing.T) {
	t.Helper()
	for _, schema := range []string{"sf_ingest", "sf_snapshot"} {
		b.db.Exec(t, fmt.Sprintf(keepers, schema))
	}
}

func in(schema string, names ...string) []relation.Relation {
	var all []relation.Relation
	for _, n := range names {
		all = append(all, relation.Relation{Schema: schema, Name: n})
	}
	return all
}

func (b *bench) declare(t *testing.T, name string, tables []relation.Relation) error {
	t.Helper()
	_, _, err := b.Apply(t.Context(), store.Application{Content: &datasetv1.Dataset{Name: name}, Version: "v1", RequestedBy: "ann", Tables: tables})
	return err
}

func requireTaken(t *testing.T, err error, want ...string) {
	t.Helper()
	var taken *store.TakenError
	require.ErrorAs(t, err, &taken)
	var got []string
	for _, one := range taken.Tables {
		got = append(got, one.Table.String()+" "+one.Dataset)
	}
	require.Equal(t, want, got)
}

// A name that a dataset declares and never publishes into is kept from nobody; one that it
// published into is.
func TestANameIsWhosePublishesFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.kept(t)
	squatter, honest := in("public", "users", "orders", "history"), in("public", "users", "history")
	require.NoError(t, b.declare(t, "squatter", squatter))

	require.NoError(t, b.declare(t, "honest", honest), "nobody has published")
	shared, err := b.Free(t.Context(), "honest", honest)
	require.NoError(t, err)
	require.Equal(t, []store.Taken{{Table: honest[1], Dataset: "squatter"}, {Table: honest[0], Dataset: "squatter"}}, shared, "and is told who else declares them")

	b.db.Exec(t, "insert into sf_ingest.table_owner values ('public', 'users', 'honest')")
	requireTaken(t, b.declare(t, "squatter", squatter), "public.users honest")
	requireTaken(t, b.declare(t, "third", in("public", "users", "orders")), "public.users honest")
	require.NoError(t, b.declare(t, "honest", honest))
	require.NoError(t, b.declare(t, "fourth", in("public", "orders")), "which the squatter did not publish into either")

	b.db.Exec(t, "insert into sf_snapshot.table_owner values ('public', 'history', 'squatter')")
	requireTaken(t, b.declare(t, "honest", honest), "public.history squatter")
	_, err = b.Free(t.Context(), "fifth", honest)
	requireTaken(t, err, "public.history squatter", "public.users honest")
}

// A schema as a whole is for the views of a dataset: of one that has stamped.
func TestASchemaIsWhosStampsFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.kept(t)
	require.NoError(t, b.declare(t, "squatter", append(in("reports", store.Whole), in("public", "users")...)))
	require.NoError(t, b.declare(t, "honest", in("reports", "users")))
	b.db.Exec(t, "insert into sf_ingest.table_owner values ('public', 'users', 'squatter')")
	require.NoError(t, b.declare(t, "honest", in("reports", "users")), "who publishes makes no views")
	b.db.Exec(t, "insert into sf_snapshot.table_owner values ('public', 'users_snapshots', 'squatter')")
	requireTaken(t, b.declare(t, "honest", in("reports", "users")), "reports.* squatter")
}

// Where it is not known who published, a service being of an earlier version or elsewhere,
// whatever was declared first is kept.
func TestWithoutKnowingWhoPublishedANameStaysTheFirsts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.declare(t, "first", in("public", "users")))
	requireTaken(t, b.declare(t, "second", in("public", "users")), "public.users first")
	b.db.Exec(t, fmt.Sprintf(keepers, "sf_ingest"))
	requireTaken(t, b.declare(t, "second", in("public", "users")), "public.users first")
	b.db.Exec(t, fmt.Sprintf(keepers, "sf_snapshot"))
	require.NoError(t, b.declare(t, "second", in("public", "users")))
}

// A dataset that is deleted frees what no other one declares.
func TestADeletionFreesWhatNobodyElseDeclares(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.kept(t)
	require.NoError(t, b.declare(t, "squatter", in("public", "users", "orders")))
	require.NoError(t, b.declare(t, "honest", in("public", "users")))

	freed, err := b.Delete(t.Context(), store.Deletion{Dataset: "squatter", Version: "v1", RequestedBy: "ann"})

	require.NoError(t, err)
	require.Equal(t, in("public", "orders"), freed)
	shared, err := b.Free(t.Context(), "honest", in("public", "users"))
	require.NoError(t, err)
	require.Empty(t, shared)
}

// Many at once declare the same names: all may, and as soon as one published it alone.
func TestManyDeclareTheSameNamesAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.kept(t)
	const many = 6
	errs := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			_, _, errs[i] = b.Apply(t.Context(), store.Application{
				Content: &datasetv1.Dataset{Name: fmt.Sprint("d", i)}, Version: "v1", RequestedBy: "ann", Tables: in("public", "users", fmt.Sprint("own", i)),
			})
			if i == 0 {
				b.db.Exec(t, "insert into sf_ingest.table_owner values ('public', 'users', 'd0')")
			}
		})
	}
	all.Wait()
	require.NoError(t, errs[0])
	for i := range many {
		if errs[i] != nil {
			requireTaken(t, errs[i], "public.users d0")
		}
	}
	for i := 1; i < many; i++ {
		requireTaken(t, b.declare(t, fmt.Sprint("d", i), in("public", "users")), "public.users d0")
	}
}
