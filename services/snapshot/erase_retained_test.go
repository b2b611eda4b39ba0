package snapshot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// Retention that broke off, or that somebody's reading held up, left tables of dates that are
// dropped: attached, half detached, detached, or gone. No key stays in one of them; what the
// catalog has of such a date stays, and the next retention goes on.
func TestAnEraseMeetsWhatRetentionLeft(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 5)
	users := func(n int) string {
		return "sf_history.users_snapshots__" + strings.ReplaceAll(months[n], "-", "_") + "__r1"
	}
	for n := range 4 {
		s.db.Exec(t, fmt.Sprintf("insert into sf_snapshot.dropped (dataset, as_of, run, requested_by, why) values ('shop', '%s', 'run_0', 'ann', 'a rule')", months[n]))
	}
	s.leavePending(t, months[1])
	s.db.Exec(t, "drop table "+users(3))
	catalog := "select as_of, rows, content_hash from sf_snapshot.catalog where snapshot = 'users_snapshots' and as_of < '2024-05-31' order by 1"
	before := s.db.Rows(t, catalog)

	gone := s.erase(t, shop("shop"), "run_e", "users", "u1").went(t)

	require.Equal(t, []string{
		"revision users_snapshots 2024-05-31 r1: 1", "revision users_snapshots 2024-03-31 r1: 1",
		"revision users_snapshots 2024-02-29 r1: 1", "revision users_snapshots 2024-01-31 r1: 1",
	}, gone)
	for n := range 3 {
		require.Empty(t, s.db.Rows(t, "select from "+users(n)+" where user_id = 'u1'"))
		require.NotEmpty(t, s.db.Rows(t, "select from "+users(n)))
	}
	require.Equal(t, before, s.db.Rows(t, catalog), "it says what they had when they were dropped")
	require.Equal(t, []string{"2024-05-31"}, s.db.Rows(t, "select as_of from sf_snapshot.erasure"))
	require.Equal(t, []string{months[3], months[2], months[1], months[0]}, s.retained(t, shop("shop")))
	require.Empty(t, s.erase(t, shop("shop"), "run_f", "users", "u1").went(t), "nothing is there, and nothing is said to be missing")
}

// A date that retention dropped is no hindrance, neither its rows as they were delivered nor
// what stands on it; a training set of it says that it is dropped, and not that it was erased.
func TestAnEraseOverDroppedDates(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'a'), (2, 'b')").history()
	s.over(t, d, february, "values (1, 'a'), (2, 'c')", "values (2, 'c')").history()
	s.over(t, d, months[2], "values (1, 'd'), (2, 'c')", "values (1, 'd')").history()
	require.Equal(t, []string{february, january}, s.retained(t, keeping(d, 1)))
	e := s.erase(t, d, "run_e", "members", "2")

	gone := e.went(t)

	require.Equal(t, []string{"revision ids 2024-03-31 r1: 1", "revision members_snapshots 2024-03-31 r1: 1"}, gone)
	require.Empty(t, s.stale(t))
	require.Equal(t, []string{"1|d"}, s.delivered(t, months[2]))
}

// Pins keep a date from retention, and from no erase.
func TestAPinKeepsNoKey(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 2)
	s.pin(t, january, "an audit")

	gone := s.erase(t, shop("shop"), "run_e", "users", "u1").went(t)

	require.Len(t, gone, 2)
	require.Empty(t, s.db.Rows(t, "select from users_snapshots where user_id = 'u1'"))
	require.Equal(t, []string{"2024-01-31"}, s.db.Rows(t, "select as_of from sf_snapshot.pin"))
	require.Empty(t, s.retained(t, keeping(shop("shop"), 1)))
}

// A training set of which retention dropped one date and an erase took rows of another says
// what cannot be mended first: RETAINED_NO_LONGER.
func TestATrainingSetThatWasDroppedAndErased(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	built := s.trained(t, trainingRequest(january))
	require.Empty(t, s.unlike(t, built.GetManifest(), nil))
	s.erase(t, people(), "run_e", "persons", "a").went(t)
	says := s.unlike(t, built.GetManifest(), nil)
	require.Contains(t, says, "persons_s as of 2024-01-31: ERASED_SINCE: ")
	require.NotContains(t, says, "usage_s as of 2024-01-31: ERASED_SINCE", "nothing declares that usage refers to persons")

	s.db.Exec(t, "insert into sf_snapshot.dropped (dataset, as_of, run, requested_by, why) values ('people', '2024-02-29', 'run_0', 'ann', 'a rule')")

	verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: built.GetManifest()})
	require.NoError(t, err)
	require.Equal(t, "RETAINED_NO_LONGER", verified.GetReason())
	require.EqualValues(t, 1, verified.GetErasedRows())
}
