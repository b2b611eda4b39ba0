package snapshot_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const ownersSQL = "select table_name, dataset from sf_snapshot.table_owner order by 1"

// Who reaches snapshot's port with a dataset of their own, under a live fence of it, stamps
// nothing into another's history, and alters none of its tables.
func TestADatasetMessageOfOnesOwnReachesNoHistoryOfOthers(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	early := s.deliver(t, shop("intruder"), february, shopRows())
	_, err := early.prepare()
	require.NoError(t, err, "nobody has stamped yet")
	require.Empty(t, s.db.Rows(t, ownersSQL))
	s.deliver(t, shop("shop"), january, shopRows()).history()
	before := s.db.Rows(t, "select * from users_snapshots order by 1, 2")

	_, stampErr := early.stamp()
	late := s.deliver(t, shop("intruder"), february, shopRows())
	_, prepareErr := late.prepare()
	_, expandErr := s.client.Expand(t.Context(), &snapshotv1.ExpandRequest{
		Context: &stepv1.StepContext{Run: "run_x", Fence: late.fence.Proto(), RequestedBy: "intruder"}, Dataset: shop("intruder"),
	})

	for step, err := range map[string]error{"stamp": stampErr, "prepare": prepareErr, "expand": expandErr} {
		require.True(t, problem.Is(err, problem.TableTaken), "%s: %v", step, err)
		require.ErrorContains(t, err, "public.users_snapshots was first stamped by dataset shop", step)
	}
	require.Equal(t, before, s.db.Rows(t, "select * from users_snapshots order by 1, 2"))
	require.Equal(t, []string{"orders_snapshots|shop", "users_snapshots|shop"}, s.db.Rows(t, ownersSQL))
	s.deliver(t, shop("shop"), february, shopRows()).history()
}

// The registry gives a dataset's tables up, and the service itself may not.
func TestOnlyTheRegistryGivesSnapshotTablesUp(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()

	for _, sql := range []string{"select sf_snapshot.give_up_tables('shop')", "delete from sf_snapshot.table_owner", "update sf_snapshot.table_owner set dataset = 'x'"} {
		_, err := s.db.Pool(t, "sf_snapshot").Exec(context.Background(), sql)
		require.ErrorContains(t, err, "permission denied", sql)
	}
	_, err := s.db.Pool(t, "sf_orchestrator").Exec(context.Background(), "select sf_snapshot.give_up_tables('shop')")

	require.NoError(t, err)
	require.Empty(t, s.db.Rows(t, ownersSQL))
}

// The registry is told whose the tables of snapshots are, and their layout nobody else is.
func TestTheRegistryIsToldWhoStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	const owned = "select * from sf_snapshot.owned_tables('{shop,intruder}') order by 2"
	require.Equal(t, []string{"public|orders_snapshots|shop", "public|users_snapshots|shop"}, s.db.Rows(t, owned))
	_, err := s.db.Pool(t, "sf_orchestrator").Exec(context.Background(), owned)
	require.NoError(t, err)
	_, err = s.client.CheckDataset(t.Context(), &snapshotv1.CheckDatasetRequest{Dataset: shop("intruder")})
	require.True(t, problem.Is(err, problem.TableTaken), "%v", err)
	_, err = s.client.CheckDataset(t.Context(), &snapshotv1.CheckDatasetRequest{Dataset: shop("shop")})
	require.NoError(t, err)
}

// What was stamped before it was kept whose the tables are is taken over from the catalog.
func TestWhatWasStampedBeforeIsTakenOver(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	sql, err := os.ReadFile("migrations/00028_table_owner.sql")
	require.NoError(t, err)
	up, down, ok := strings.Cut(string(sql), "-- +goose Down")
	require.True(t, ok)

	s.db.Exec(t, down)
	s.db.Exec(t, up)
	require.Equal(t, []string{"orders_snapshots|shop", "users_snapshots|shop"}, s.db.Rows(t, ownersSQL))
	s.db.Exec(t, "create schema if not exists sf_orchestrator; create table if not exists sf_orchestrator.table_claim (schema_name text, table_name text, dataset text); "+
		"insert into sf_orchestrator.table_claim values ('public', 'users_snapshots', 'shop')")
	s.db.Exec(t, down)
	s.db.Exec(t, up)
	require.Equal(t, []string{"users_snapshots|shop"}, s.db.Rows(t, ownersSQL), "a dataset that was deleted has none")
}
