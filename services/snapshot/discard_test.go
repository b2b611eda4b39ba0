package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestDiscardDropsWhatIsPrepared(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)

	require.NoError(t, b.discard())
	require.NoError(t, b.discard(), "again")

	require.Empty(t, s.historyTables(t))
	require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.prepared"))
}

func TestDiscardLeavesWhatIsStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	b.history()

	require.NoError(t, b.discard())

	require.Equal(t, []string{"3"}, s.db.Rows(t, "select count(*) from users_snapshots"))
	s.requireNoOrphans(t)
	again, err := b.stamp()
	require.NoError(t, err)
	require.Len(t, again, 2)
}

func TestDiscardOfAnUnknownBatchIsNoError(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	unknown := *b
	unknown.batch = ident.New(ident.Batch)

	require.NoError(t, unknown.discard())

	require.Len(t, s.historyTables(t), 2, "other batches keep theirs")
}

func TestDiscardNeedsALiveFence(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	s.db.Fence(t, "shop")

	requireReason(t, b.discard(), problem.FenceLost)

	require.Len(t, s.historyTables(t), 2)
}
