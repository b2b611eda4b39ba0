package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A date was corrected, and the one after it is stale: it can be made again as long as what it
// would be laid over is there, which retention keeps for it.
func TestADateThatAStaleOneWouldBeLaidOverStays(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := club(t)
	s.full(t, d, january, "values (1, 'a'), (2, 'b')").history()
	s.over(t, d, february, "values (1, 'a'), (2, 'c')", "values (2, 'c')").history()
	s.over(t, d, months[2], "values (1, 'd'), (2, 'c')", "values (1, 'd')").history()
	s.correct(t, d, january, map[string]string{"members": "values (1, 'z'), (2, 'b')"}).history()
	kept := keeping(d, 2)
	require.Equal(t, []string{february, months[2]}, s.staleDates(t, d, january))

	require.Empty(t, s.retained(t, kept), "February would be laid over January")
	held, err := s.retain(t, kept)
	require.NoError(t, err)
	require.Equal(t, "2024-02-29 is stale and would be laid over it: `sfctl run start --dataset club --restamp --from 2024-02-29` makes it again", held.GetHeld()[0].GetWhy())

	again := s.over(t, d, february, "values (1, 'z'), (2, 'c')", "values (2, 'c')")
	again.reason = "January was wrong"
	again.history()
	require.Equal(t, []string{january}, s.retained(t, kept), "it is made again, and needs it no more")
	require.Empty(t, s.retained(t, keeping(d, 1)), "March is stale over February")
}

// What stands on a date that is dropped stays what it is: its rows are whole, its base is
// known by its hash, and it is stale by nothing of that. What was delivered for a date goes
// with it.
func TestIncrementalExtractsOutliveTheirBase(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := club(t)
	s.full(t, d, january, "values (1, 'a'), (2, 'b')").history()
	s.over(t, d, february, "values (1, 'a'), (2, 'c')", "values (2, 'c')").history()
	s.over(t, d, months[2], "values (1, 'd'), (2, 'c')", "values (1, 'd')").history()
	kept := keeping(d, 2)

	require.Equal(t, []string{january}, s.retained(t, kept))

	require.Empty(t, s.stale(t))
	require.Equal(t, []string{"2|c"}, s.delivered(t, february), "from them it can be made again over another base")
	base := s.bases(t, d, february)
	require.Len(t, base, 1)
	require.NotNil(t, base[0].GetDroppedAt(), "who lays something over it has to know")
	require.Nil(t, s.bases(t, d, months[2])[0].GetDroppedAt())
	again := s.over(t, d, february, "values (1, 'a'), (2, 'c')", "values (2, 'c')")
	for _, stamped := range again.history() {
		require.True(t, stamped.GetUnchanged(), "the same is the same over a base that is known by its hash")
	}

	require.Equal(t, []string{february}, s.retained(t, keeping(d, 1)))

	require.Equal(t, []string{"ids__2024_03_31__r1", "members_snapshots__2024_03_31__delta", "members_snapshots__2024_03_31__r1"}, s.historyTables(t))
	require.Equal(t, []string{"2024-03-31"}, s.db.Rows(t, "select as_of from sf_snapshot.delta"))
	require.Empty(t, s.stale(t))
}
