package snapshot_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func TestPrepareFillsBesideTheHistory(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())

	result, progress, err := s.prepare(b.prepareRequest())

	require.NoError(t, err)
	require.Len(t, result.GetSnapshots(), 2)
	require.Equal(t, "users_snapshots", result.GetSnapshots()[0].GetSnapshot())
	require.Equal(t, "orders_snapshots", result.GetSnapshots()[1].GetSnapshot())
	for _, p := range result.GetSnapshots() {
		require.EqualValues(t, 3, p.GetRows())
		require.Regexp(t, `^h1:3:-?\d+$`, p.GetContentHash())
		require.False(t, p.GetUnchanged())
	}
	require.NotEmpty(t, progress)
	require.Equal(t, []string{"orders_snapshots__2024_01_31__r1__f1", "users_snapshots__2024_01_31__r1__f1"}, s.historyTables(t))
	require.Equal(t, []string{"u1|2024-01-31|2023-01-02|t|1.50|NaN|9007199254740993|", `u2|2024-01-31|2023-05-06|f|0.10000000000000001|2.5|7|a, "b"`,
		"u3|2024-01-31|<null>|<null>|<null>|<null>|<null>|<null>"},
		s.db.Rows(t, "select * from sf_history.users_snapshots__2024_01_31__r1__f1"), "rows lie in key order")
	require.Empty(t, s.db.Rows(t, "select relname from pg_class where relname in ('users_snapshots', 'orders_snapshots')"), "nobody sees it yet")
	require.Equal(t, []string{"p"}, s.db.Rows(t, "select distinct relpersistence from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'sf_history'"))
	s.requireNoOrphans(t)
}

// identities are the tables of the history with the files that they were filled into.
func (s *suite) identities(t *testing.T) []string {
	t.Helper()
	return s.db.Rows(t, `select relname, relfilenode from pg_class c join pg_namespace n on n.oid = relnamespace
		where nspname = 'sf_history' and relkind = 'r' order by 1`)
}

func TestPrepareKeepsWhatAnEarlierAttemptFilled(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	first, err := b.prepare()
	require.NoError(t, err)
	before := s.identities(t)

	again, err := b.prepare()
	require.NoError(t, err)
	b.fence = s.db.Fence(t, "shop")
	takenOver, err := b.prepare()
	require.NoError(t, err)

	require.Equal(t, hashes(first), hashes(again))
	require.Equal(t, hashes(first), hashes(takenOver))
	require.Equal(t, before, s.identities(t))
}

func hashes(prepared []*snapshotv1.PreparedSnapshot) []string {
	var out []string
	for _, p := range prepared {
		out = append(out, p.GetSnapshot()+" "+p.GetContentHash())
	}
	return out
}

func TestPrepareFillsAgainWhatIsNotTheSame(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*delivery){
		"staged again":      func(b *delivery) { b.stage(shopRowsOther()) },
		"another version":   func(b *delivery) { b.version = "v2" },
		"another as_of":     func(b *delivery) { b.asOf = february },
		"rows are gone":     func(b *delivery) { b.eachPrepared("truncate sf_history.") },
		"the table is gone": func(b *delivery) { b.eachPrepared("drop table sf_history.") },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			b := s.deliver(t, shop("shop"), january, shopRows())
			_, err := b.prepare()
			require.NoError(t, err)
			before := s.identities(t)
			change(b)

			_, err = b.prepare()

			require.NoError(t, err)
			s.requireNoOrphans(t)
			require.Len(t, s.identities(t), 2)
			require.NotSubset(t, s.identities(t), before[:1])
			_, err = b.stamp()
			require.NoError(t, err)
		})
	}
}

func (b *delivery) eachPrepared(statement string) {
	for _, name := range b.suite.historyTables(b.tb) {
		b.suite.db.Exec(b.tb, statement+name)
	}
}

func TestPrepareRefusesLostStaging(t *testing.T) {
	t.Parallel()
	lost := map[string]string{"emptied": "truncate ", "dropped": "drop table ", "fewer rows": "delete from "}
	for name, statement := range lost {
		for _, stamped := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newSuite(t)
				if stamped {
					s.deliver(t, shop("shop"), january, shopRows()).history()
				}
				before := s.historyTables(t)
				b := s.deliver(t, shop("shop"), january, shopRows())
				s.db.Exec(t, statement+b.candidate("orders").SQL())

				_, err := b.prepare()

				p := requireReason(t, err, problem.StagingLost)
				require.Contains(t, p.Message, "expected 3 rows, found")
				require.Contains(t, p.Message, b.candidate("orders").String())
				require.NotContains(t, s.historyTables(t), "orders_snapshots__2024_01_31__r1__f1")
				if stamped {
					require.Equal(t, before, s.historyTables(t))
				}
				s.requireNoOrphans(t)
			})
		}
	}
}

func TestPrepareDropsWhatOtherBatchesLeft(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	left := s.deliver(t, shop("shop"), january, shopRowsOther())
	_, err := left.prepare()
	require.NoError(t, err)
	elsewhere := s.deliver(t, inSchema(t, s, shop("other"), "elsewhere"), january, shopRows())
	_, err = elsewhere.prepare()
	require.NoError(t, err)

	b := s.deliver(t, shop("shop"), february, shopRows())
	_, err = b.prepare()

	require.NoError(t, err)
	require.Len(t, s.historyTables(t), 4, "two of the new batch, two of the other dataset")
	require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.prepared where batch = $1", left.batch))
	s.requireNoOrphans(t)
	_, err = left.stamp()
	requireReason(t, err, problem.FenceLost)
	left.fence = b.fence
	_, err = left.stamp()
	requireReason(t, err, problem.NotPrepared)
	_, err = elsewhere.stamp()
	require.NoError(t, err)
}

func TestPrepareRefusesOtherContent(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows())
	first.history()
	b := s.deliver(t, shop("shop"), january, shopRowsOther())
	before := s.historyTables(t)

	_, err := b.prepare()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Equal(t, map[string]string{"dataset": "shop", "as_of": january}, p.Metadata)
	require.Len(t, p.Violations, 2, "every snapshot in one error")
	require.Equal(t, "users_snapshots", p.Violations[0].Subject)
	require.Equal(t, "3 rows differ (1 changed, 2 only stamped), in fee (1): \"u1\" in fee, \"u2\" only stamped, \"u3\" only stamped; "+
		"stamped from batch "+first.batch+", delivered in batch "+b.batch, p.Violations[0].Description)
	require.Equal(t, "orders_snapshots", p.Violations[1].Subject)
	require.Contains(t, p.Violations[1].Description, "1 row differs (1 changed), in amount (1): \"u2, 1\" in amount; stamped from")
	require.Contains(t, p.Message, "users_snapshots: 3 rows differ (1 changed, 2 only stamped), in fee (1): \"u1\" in fee")
	require.NotContains(t, p.Message, "h1:", "a hash ends no search")
	require.Equal(t, before, s.historyTables(t))
	_, err = b.stamp()
	requireReason(t, err, problem.NotPrepared)
}

func TestPrepareFillsNothingWhereOneSnapshotDiffers(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Snapshots = d.GetSnapshots()[:1]
	s.deliver(t, d, january, shopRows()).history()
	b := s.deliver(t, shop("shop"), january, shopRowsOther())

	_, err := b.prepare()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Len(t, p.Violations, 1)
	require.Equal(t, []string{"users_snapshots__2024_01_31__r1"}, s.historyTables(t), "orders are not filled either")
}

func TestPrepareRecognisesStampedContent(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	stamped := s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shop("shop"), january, shopRowsEqual())
	before := s.historyTables(t)

	prepared, err := b.prepare()

	require.NoError(t, err)
	for i, p := range prepared {
		require.True(t, p.GetUnchanged(), p.GetSnapshot())
		require.Equal(t, stamped[i].GetSnapshot().GetContentHash(), p.GetContentHash())
		require.EqualValues(t, 3, p.GetRows())
	}
	require.Equal(t, before, s.historyTables(t))
}

func TestPrepareTellsContentApart(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	cases := map[string]struct{ change, says string }{
		"NULL for the empty string": {`update %s set note = null where user_id = 'u1'`, "1 row differs (1 changed), in note (1): \"u1\" in note;"},
		"an empty string for NULL":  {`update %s set note = '' where user_id = 'u3'`, "1 row differs (1 changed), in note (1): \"u3\" in note;"},
		"values swapped":            {`update %s set note = case user_id when 'u1' then 'a, "b"' when 'u2' then '' end`, "2 rows differ (2 changed), in note (2): \"u1\" in note, \"u2\" in note;"},
		"a digit":                   {`update %s set fee = 0.10000000000000002 where user_id = 'u2'`, "in fee (1): \"u2\" in fee;"},
		"false for NULL":            {`update %s set active = false where user_id = 'u3'`, "in active (1): \"u3\" in active;"},
		"a key":                     {`update %s set user_id = 'u4' where user_id = 'u3'`, "2 rows differ (1 only delivered, 1 only stamped): \"u3\" only stamped, \"u4\" only delivered;"},
		"a big number":              {`update %s set visits = 9007199254740992 where user_id = 'u1'`, "in visits (1): \"u1\" in visits;"},
		"two columns": {`update %s set visits = 0, signup = null where user_id = 'u1'`,
			"1 row differs (1 changed), in signup (1), visits (1): \"u1\" in signup, visits;"},
	}
	f := s.db.Fence(t, "shop")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := s.deliverUnder(t, f, shop("shop"), january, shopRows())
			s.db.Exec(t, sprintf(c.change, b.candidate("users").SQL()))

			_, err := b.prepare()

			p := requireReason(t, err, problem.SnapshotDiffers)
			require.Len(t, p.Violations, 1)
			require.Contains(t, p.Violations[0].Description, c.says)
		})
	}
}

// A delivery that differs everywhere is told of in a sentence all the same.
func TestPrepareNamesTheFirstOfManyDifferences(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	const many = `select 'u' || lpad(i::text, 4, '0'), null::date, null::boolean, null::numeric, null::float8, %s::bigint, null::text from generate_series(1, 2000) i`
	rows := shopRows()
	rows["users"] = sprintf(many, "i")
	s.deliver(t, shop("shop"), january, rows).history()
	rows["users"] = sprintf(many, "-i")

	_, err := s.deliver(t, shop("shop"), january, rows).prepare()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Contains(t, p.Message, "users_snapshots: 2,000 rows differ (2,000 changed), in visits (2,000): "+
		"\"u0001\" in visits, \"u0002\" in visits, \"u0003\" in visits, \"u0004\" in visits, \"u0005\" in visits and 1,995 more")
}

// Where there are no rows to compare, or none of them differs, count and hash are all
// that can be said.
func TestPrepareSaysThatThereIsNothingToCompare(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ spoil, says string }{
		"dropped": {`drop table sf_history.users_snapshots__2024_01_31__r1`, "and the stamped rows are not there to be compared: " + januaryUsers + " is gone; the files of batch BATCH, run again, bring them back"},
		"edited":  {`update users_snapshots set fee = 1.51`, "and no value differs from the one in the history: its rows are not what was stamped"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			rows := shopRows()
			rows["users"] = `values ('u1', date '2023-01-02', true, 1.50, 'NaN', 1, '')`
			stamped := s.deliver(t, shop("shop"), january, rows).history()
			s.db.Exec(t, c.spoil)
			rows["users"] = `values ('u1', date '2023-01-02', true, 1.51, 'NaN', 1, '')`

			_, err := s.deliver(t, shop("shop"), january, rows).prepare()

			p := requireReason(t, err, problem.SnapshotDiffers)
			require.Len(t, p.Violations, 1)
			require.Contains(t, p.Message, "stamped are 1 rows ("+stamped[0].GetSnapshot().GetContentHash()+"), delivered 1 (h1:1:")
			require.Contains(t, p.Message, strings.ReplaceAll(c.says, "BATCH", stamped[0].GetSnapshot().GetBatch()))
		})
	}
}

// 1,500 columns on either side are more than a plan passes on.
func TestPrepareComparesTheWidestTables(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Tables = d.GetTables()[:1]
	d.Snapshots = d.GetSnapshots()[:1]
	wide, ones, zeros := []string{"user_id", "text"}, "values ('u1'", "values ('u1'"
	for i := range 1499 {
		wide = append(wide, sprintf("c%04d", i), "integer")
		ones, zeros = ones+", 1", zeros+", 0"
	}
	d.Tables[0].Columns = columns(wide...)
	s.deliver(t, d, january, map[string]string{"users": ones + ")"}).history()

	_, err := s.deliver(t, d, january, map[string]string{"users": zeros + ")"}).prepare()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Contains(t, p.Message, "1 row differs (1 changed), in c0000 (1), c0001 (1), c0002 (1), c0003 (1), c0004 (1), c0005 (1), c0006 (1), c0007 (1), 1491 more: \"u1\" in c0000")
}

func TestPrepareNeedsALiveFence(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	s.db.Fence(t, "shop")

	_, err := b.prepare()

	requireReason(t, err, problem.FenceLost)
	require.Empty(t, s.historyTables(t))
}

// Whoever lost the lease cannot commit: the call is under way when another takes over.
func TestPrepareThatLosesItsFenceLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	release := s.hold(t, "lock table "+b.candidate("users").SQL()+", "+b.candidate("orders").SQL()+" in access exclusive mode")
	failed := make(chan error, 1)
	go func() { _, err := b.prepare(); failed <- err }()
	s.awaitBlocked(t)

	b2 := s.deliver(t, shop("shop"), january, shopRows())
	release()

	requireReason(t, <-failed, problem.FenceLost)
	require.Empty(t, s.historyTables(t))
	require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.prepared"))
	b2.history()
	s.requireNoOrphans(t)
}

// hold keeps what a statement locks in a transaction of another session.
func (s *suite) hold(t *testing.T, statement string) (release func()) {
	t.Helper()
	tx, err := s.db.Owner.Begin(context.Background())
	require.NoError(t, err)
	_, err = tx.Exec(context.Background(), statement)
	require.NoError(t, err)
	done := sync.OnceFunc(func() { _ = tx.Rollback(context.Background()) })
	t.Cleanup(done)
	return done
}

// awaitBlocked waits until the service waits for a lock.
func (s *suite) awaitBlocked(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		return len(s.db.Rows(t, `select 1 from pg_stat_activity
			where datname = current_database() and usename = 'sf_snapshot' and wait_event_type = 'Lock'`)) > 0
	}, 10*time.Second, 5*time.Millisecond)
}

// A caller that gave up on a call may send it again while the first still works.
func TestPrepareSentTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	var (
		wg      sync.WaitGroup
		results [4][]*snapshotv1.PreparedSnapshot
		errs    [4]error
	)

	for i := range results {
		wg.Go(func() { results[i], errs[i] = b.prepare() })
	}
	wg.Wait()

	for i := range results {
		require.NoError(t, errs[i])
		require.Equal(t, hashes(results[0]), hashes(results[i]))
	}
	require.Len(t, s.historyTables(t), 2)
	s.requireNoOrphans(t)
}

// What is stamped is only compared, and found to be the same by both.
func TestPrepareOfStampedContentSentTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	for range 30 {
		b := s.deliver(t, shop("shop"), january, shopRowsEqual())

		answers := atOnce(t, b.prepare)

		require.Len(t, answers[0], 2)
		for i, p := range answers[0] {
			require.True(t, p.GetUnchanged())
			require.Equal(t, p.String(), answers[1][i].String())
		}
		require.Equal(t, []string{"2"}, s.db.Rows(t, "select count(*) from sf_snapshot.prepared"))
	}
	s.requireNoOrphans(t)
}

func TestPrepareCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	release := s.hold(t, "lock table "+b.candidate("users").SQL()+" in access exclusive mode")
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := s.client.Prepare(ctx, b.prepareRequest())
	require.NoError(t, err)
	s.awaitBlocked(t)

	cancel()

	require.Error(t, drain(stream, func(*snapshotv1.PrepareResponse) error { return nil }))
	require.Eventually(t, func() bool {
		return len(s.db.Rows(t, "select 1 from pg_stat_activity where usename = 'sf_snapshot' and datname = current_database() and state <> 'idle'")) == 0
	}, 10*time.Second, 5*time.Millisecond, "the SQL is cancelled with the call")
	require.NotContains(t, s.historyTables(t), "users_snapshots__2024_01_31__r1__f1")
	s.requireNoOrphans(t)
}
