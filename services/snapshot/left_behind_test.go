package snapshot_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// without is a dataset that does not declare a snapshot.
func without(d *datasetv1.Dataset, snapshot string) *datasetv1.Dataset {
	d = proto.CloneOf(d)
	d.TrainingSets = nil
	d.Snapshots = slices.DeleteFunc(d.GetSnapshots(), func(s *datasetv1.Snapshot) bool { return s.GetName() == snapshot })
	return d
}

// peopleOther are the people of peopleIn, of other ages and hours.
func peopleOther() map[string]string {
	return with(with(peopleIn(), "persons", `values ('b', 31, 'Bonn', 1), ('a', 21, 'Ulm', 2), ('C', 42, 'Köln', null::integer)`),
		"usage", `values ('a', 9.50, true), ('b', 9.250, false), ('C', null::numeric, null::boolean)`)
}

const leftSQL = "select as_of, snapshots, until is null from sf_snapshot.left_behind order by since"

// A snapshot that was first stamped beside others that did not change is of their state: who
// goes back to their revision has it as well.
func TestRollbackTakesWhatWasAddedToAState(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, without(shop("shop"), "orders_snapshots"), january, shopRows()).history()
	s.deliver(t, shop("shop"), january, shopRows()).history() // the same files, and one snapshot more
	s.correct(t, shop("shop"), january, shopRowsOther()).history()

	b, told, err := s.rollsBack(t, shop("shop"), january, 1, "users_snapshots")
	require.NoError(t, err)
	b.history()

	require.Empty(t, told.GetKeep())
	requireProto(t, &stepv1.RollbackTarget{
		KnownAt: told.GetTarget().GetKnownAt(), Batch: told.GetTarget().GetBatch(),
		Revisions: []*stepv1.SnapshotRevision{{Snapshot: "orders_snapshots", Revision: 1}, {Snapshot: "users_snapshots", Revision: 1}},
	}, told.GetTarget())
	require.Equal(t, []string{"<null>"}, s.db.Rows(t, "select amount from orders_snapshots where user_id = 'u2'"))
	require.Empty(t, s.db.Rows(t, leftSQL))
}

// What a rollback leaves behind is of another delivery: a training set that takes from both is
// refused, at each cut-off at which it was so and at no other, until the date is delivered as a
// whole.
func TestATrainingSetOfTwoDeliveriesIsRefused(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, without(people(), "usage_s"), january, peopleIn()).history()
	whole := s.correct(t, people(), january, peopleOther()).history()
	s.stamped(t, february, peopleIn())
	require.EqualValues(t, 3, s.trained(t, trainingRequest(january)).GetRows())

	b, told, err := s.rollsBack(t, people(), january, 1, "persons_s")
	require.NoError(t, err)
	require.Equal(t, []string{"usage_s"}, told.GetKeep())
	mixed := b.history()
	require.Equal(t, []string{"2024-01-31|{usage_s}|t"}, s.db.Rows(t, leftSQL))
	_, _, err = s.train(trainingRequest(january))

	p := requireReason(t, err, problem.DeliveriesMixed)
	require.Equal(t, "training set leaving would be of two deliveries: expected the snapshots as of 2024-01-31 to be of one delivery, "+
		"found that usage_s was left as it was when homes_s, persons_s got another content", p.Message)
	meant := trainingRequest(january)
	meant.Waive = []string{string(problem.DeliveriesMixed)}
	require.Len(t, s.trained(t, meant).GetWaived()[0].GetFound(), 1)
	alone := defined(func(set *datasetv1.TrainingSet) { set.Features = set.GetFeatures()[:1] }, january)
	require.EqualValues(t, 3, s.trained(t, alone).GetRows(), "of persons alone, which is one delivery's")

	s.correct(t, people(), january, peopleIn()).history()

	require.Equal(t, []string{"2024-01-31|{usage_s}|f"}, s.db.Rows(t, leftSQL))
	require.EqualValues(t, 3, s.trained(t, trainingRequest(january)).GetRows())
	for at, refused := range map[*timestamppb.Timestamp]bool{
		first[0].GetSnapshot().GetKnownAt(): false, whole[0].GetSnapshot().GetKnownAt(): false, knownAtOf(mixed, "persons_s"): true,
	} {
		left := s.leftAt(t, at)
		require.Equal(t, refused, left, at.AsTime())
	}
	s.requireNoOrphans(t)
}

func knownAtOf(stamped []*snapshotv1.StampedSnapshot, snapshot string) *timestamppb.Timestamp {
	for _, s := range stamped {
		if s.GetSnapshot().GetSnapshot() == snapshot {
			return s.GetSnapshot().GetKnownAt()
		}
	}
	return nil
}

// leftAt says whether a set of January, as it was known at a moment, is of two deliveries.
func (s *suite) leftAt(t *testing.T, at *timestamppb.Timestamp) bool {
	t.Helper()
	req := trainingRequest(january)
	req.KnownAt = at
	_, _, err := s.train(req)
	if err == nil {
		return false
	}
	return problem.FromError(err).Reason == problem.DeliveriesMixed
}

// A correction under a version that does not declare a snapshot leaves it behind as well, and a
// rollback to such a state brings it back as it was: of two deliveries.
func TestACorrectionLeavesBehindWhatIsNotDeclared(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, people(), january, peopleIn()).history()
	s.stamped(t, february, peopleIn())
	s.deliver(t, without(people(), "usage_s"), january, peopleIn()).history()
	require.Empty(t, s.db.Rows(t, leftSQL), "nothing got another content")

	s.correct(t, without(people(), "usage_s"), january, peopleOther()).history()

	_, _, err := s.train(trainingRequest(january))
	requireReason(t, err, problem.DeliveriesMixed)
	s.correct(t, people(), january, with(peopleOther(), "persons", `values ('b', 60, 'Bonn', 1), ('a', 61, 'Ulm', 2), ('C', 62, 'Köln', null::integer)`)).history()
	require.EqualValues(t, 3, s.trained(t, trainingRequest(january)).GetRows())
	s.rolledBack(t, people(), january, 2, "persons_s")
	_, _, err = s.train(trainingRequest(january))
	requireReason(t, err, problem.DeliveriesMixed)
}

// Tables of two deliveries are restored, and it is said; one table is not put together from
// two, and what was not known yet is not said to be stamped nowhere.
func TestRestoreSaysThatTablesAreOfTwoDeliveries(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shopReferring("shop")
	first := s.deliver(t, without(d, "orders_snapshots"), january, shopRowsOther()).history()
	s.correct(t, d, january, shopRows()).history()
	s.rolledBack(t, d, january, 0, "")

	then := s.restored(t, d, january, "earlier", first[0].GetSnapshot().GetKnownAt())
	now := s.restored(t, d, january, "now", nil)

	require.Equal(t, []string{"orders"}, then.GetWithout())
	require.Empty(t, then.GetLeftBehind())
	require.Equal(t, []string{"orders_snapshots"}, now.GetLeftBehind())
	require.Equal(t, []string{"(user_id) → users: rows of it have none there: they are of two deliveries"}, now.GetTables()[1].GetLeftOut())
}

func TestRestorePutsNoTableTogetherFromTwoDeliveries(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Snapshots[0].Columns = []string{"fee"}
	d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: "notes", From: "users", Columns: []string{"note"}})
	first := s.deliver(t, without(d, "notes"), january, shopRowsOther()).history()
	s.correct(t, d, january, shopRows()).history()
	b, _, err := s.rollsBack(t, d, january, 1, "users_snapshots")
	require.NoError(t, err)
	b.history()

	_, err = s.restore(d, january, "back", nil)

	p := requireReason(t, err, problem.RollbackMixed)
	require.Contains(t, p.Message, "table users cannot be put together as of 2024-01-31: notes was left as it was when users_snapshots got another content")
	require.Contains(t, p.Message, "deliver the date again as a whole, with --supersede")
	require.Empty(t, s.db.Rows(t, "select 1 from pg_namespace where nspname = 'back'"))
	require.Len(t, s.restored(t, d, january, "back", first[0].GetSnapshot().GetKnownAt()).GetTables(), 2)
}
