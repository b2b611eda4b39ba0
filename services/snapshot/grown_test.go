package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// The bytes are those that were stamped: that the dataset has got a column since makes
// no other content of them.
func TestTheSameContentAfterAColumnWasAdded(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shopGrown("shop"), january, shopRowsGrown())

	stamped := b.history()

	for i, st := range stamped {
		require.True(t, st.GetUnchanged())
		require.Equal(t, first[i].GetSnapshot().String(), st.GetSnapshot().String(), "the entry says what it was stamped with")
		require.Equal(t, []string{"channel"}, st.GetWithout())
		require.Empty(t, first[i].GetWithout())
	}
	require.NotContains(t, stamped[0].GetSnapshot().GetColumns(), "channel")
	s.requireNoOrphans(t)
}

// An as_of is compared on the columns that it was stamped with: the new one says
// nothing about it, and every other one does.
func TestOtherContentAfterAColumnWasAdded(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	rows := shopRowsGrown()
	rows["orders"] = `values (2, 12.50, 'u1', 'x', 'web'), (1, 8, 'u1', 'y', null), (1, null, 'u2', null, null)`

	_, err := s.deliver(t, shopGrown("shop"), january, rows).prepare()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Len(t, p.Violations, 1)
	require.Contains(t, p.Message, "orders_snapshots: 1 row differs (1 changed), in amount (1): \"u1, 1\" in amount")
}

// A column that was stamped and is not declared any more leaves nothing to compare by.
func TestContentWithoutAColumnThatWasStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shopGrown("shop"), january, shopRowsGrown()).history()

	_, err := s.deliver(t, shop("shop"), january, shopRows()).prepare()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.Contains(t, p.Message, "expected no column channel")
}
