package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// mends are what verify says to do about what is wrong, by revision of the users of January.
func (s *suite) mends(t *testing.T) (of map[int32]string, result *snapshotv1.VerifyResult) {
	t.Helper()
	found, result, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop", Snapshot: "users_snapshots", AsOf: january, Superseded: true})
	require.NoError(t, err)
	of = map[int32]string{}
	for _, f := range found {
		if f.GetMend() != "" {
			of[f.GetRevision()] = f.GetMend()
		}
	}
	return of, result
}

// A revision that was tampered with and rolled back away from is told apart from what is
// current, for which nothing has to be done.
func TestARevisionOfThePastIsToldApart(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, correctedShop()).history()
	s.db.Exec(t, "update users_snapshots set fee = 2 where user_id = 'u1'")
	mends, result := s.mends(t)
	require.Contains(t, mends[2], "with restage")
	require.EqualValues(t, 1, result.GetWrong())
	require.Zero(t, result.GetWrongSuperseded())

	s.rolledBack(t, shop("shop"), january, 1, "users_snapshots")

	mends, result = s.mends(t)
	require.Len(t, mends, 1)
	require.Contains(t, mends[2], "nothing to do for what is current: revision 3 took its place on "+s.now(t).UTC().Format("2006-01-02"))
	require.EqualValues(t, 1, result.GetWrong())
	require.EqualValues(t, 1, result.GetWrongSuperseded())
}

// Files from before an erase have the keys that were erased: nobody is told to deliver them
// again, nor to leave what a backup of before brings back.
func TestAfterAnEraseNothingOfBeforeIsAdvised(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, correctedShop()).history()
	s.db.Exec(t, "update users_snapshots set fee = 2 where user_id = 'u1'; update "+januaryKept+" set fee = 3")

	_, err := s.erase(t, shop("shop"), "run_e", "users", "u2").do(stepv1.ErasePhase_ERASE_PHASE_ERASE)
	require.NoError(t, err)

	mends, result := s.mends(t)
	require.EqualValues(t, 2, result.GetWrong())
	require.EqualValues(t, 1, result.GetWrongSuperseded())
	require.NotContains(t, mends[2], "restage")
	require.Contains(t, mends[2], "deliver 2024-01-31 again with --supersede, from files without the keys that run_e erased since")
	require.Contains(t, mends[1], "from a backup")
	require.Contains(t, mends[1], "then erase the keys again that run_e erased since")

	_, err = s.erase(t, shop("shop"), "run_f", "users", "u3").do(stepv1.ErasePhase_ERASE_PHASE_ERASE)
	require.NoError(t, err)
	mends, _ = s.mends(t)
	require.Contains(t, mends[2], "without the keys that 2 runs erased since, from run_e to run_f")
}
