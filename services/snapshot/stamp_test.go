package snapshot_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// inSchema moves a dataset to a schema of its own, and makes the schema as
// `snapshotd migrate` does.
func inSchema(t *testing.T, s *suite, d *datasetv1.Dataset, schema string) *datasetv1.Dataset {
	t.Helper()
	d.Schema = schema
	s.db.Exec(t, "create schema if not exists "+relation.Quote(schema)+"; grant usage, create on schema "+relation.Quote(schema)+" to sf_snapshot")
	return d
}

func TestStampMakesHistory(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())

	stamped := b.history()

	require.Len(t, stamped, 2)
	e := stamped[1].GetSnapshot()
	require.False(t, stamped[1].GetUnchanged())
	require.Equal(t, "shop", e.GetDataset())
	require.Equal(t, "orders_snapshots", e.GetSnapshot())
	require.Equal(t, january, e.GetAsOf())
	require.EqualValues(t, 1, e.GetRevision())
	require.EqualValues(t, 3, e.GetRows())
	require.Equal(t, b.batch, e.GetBatch())
	require.Equal(t, "v1", e.GetDatasetVersion())
	require.Equal(t, "run_1", e.GetRun())
	require.Equal(t, "a test", e.GetRequestedBy())
	require.Equal(t, "public.orders_snapshots", e.GetTable().GetSchema()+"."+e.GetTable().GetName())
	require.Equal(t, "sf_history.orders_snapshots__2024_01_31__r1", e.GetPartition().GetSchema()+"."+e.GetPartition().GetName())
	require.Equal(t, []string{"user_id", "number", "amount"}, e.GetColumns())
	require.WithinDuration(t, time.Now(), e.GetKnownAt().AsTime(), time.Minute)
	require.Equal(t, []string{"u1|1|2024-01-31|7.00", "u1|2|2024-01-31|12.50", "u2|1|2024-01-31|<null>"},
		s.db.Rows(t, "select * from orders_snapshots order by 1, 2"))
	require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.prepared"))
	s.requireNoOrphans(t)
}

func TestStampMakesTablesOfTheDeclaredShape(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()

	require.Equal(t, []string{"LIST (as_of)|PRIMARY KEY (user_id, as_of)", "LIST (as_of)|PRIMARY KEY (user_id, number, as_of)"},
		s.db.Rows(t, `select pg_get_partkeydef(c.oid), pg_get_constraintdef(k.oid) from pg_class c join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
			where c.relname in ('users_snapshots', 'orders_snapshots') order by c.relname desc`))
	require.Equal(t, []string{"user_id|text", "as_of|date", "signup|date", "active|boolean", "fee|numeric", "score|double precision", "visits|bigint", "note|text"},
		s.db.Rows(t, `select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'users_snapshots'::regclass and attnum > 0 order by attnum`))
	require.Equal(t, []string{"orders_snapshots__2024_01_31__r1_pkey", "users_snapshots__2024_01_31__r1_pkey"},
		s.db.Rows(t, `select c.relname from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'sf_history' and relkind = 'i' order by 1`))
}

func TestReadersMayReadWhatIsStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	_, err := s.deliver(t, shop("shop"), february, shopRows()).prepare()
	require.NoError(t, err)
	reader := s.db.Pool(t, "sf_reader")

	for _, from := range []string{"public.users_snapshots", "sf_history.users_snapshots__2024_01_31__r1", "sf_snapshot.catalog"} {
		_, err := reader.Exec(t.Context(), "select * from "+from)
		require.NoError(t, err, from)
	}
	for _, statement := range []string{
		"delete from public.users_snapshots", "select * from sf_snapshot.prepared", "select * from sf_history.users_snapshots__2024_02_29__r1__f2",
	} {
		_, err := reader.Exec(t.Context(), statement)
		require.ErrorContains(t, err, "permission denied", statement)
	}
}

func TestStampAgainGivesTheSameAnswer(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	first := b.history()
	before := s.db.Rows(t, "select * from sf_snapshot.catalog order by snapshot")

	again, err := b.stamp()
	require.NoError(t, err)
	b.fence = s.db.Fence(t, "shop")
	takenOver, err := b.stamp()
	require.NoError(t, err)
	preparedAndStamped := b.history()

	for _, repeated := range [][]*snapshotv1.StampedSnapshot{again, takenOver, preparedAndStamped} {
		require.Len(t, repeated, 2)
		for i := range first {
			require.False(t, repeated[i].GetUnchanged())
			require.Equal(t, first[i].String(), repeated[i].String())
		}
	}
	require.Equal(t, before, s.db.Rows(t, "select * from sf_snapshot.catalog order by snapshot"))
	s.requireNoOrphans(t)
}

// atOnce makes a call twice at the same time, and returns what both were answered.
func atOnce[R any](t *testing.T, call func() ([]R, error)) (answers [2][]R) {
	t.Helper()
	var (
		wg   sync.WaitGroup
		errs [2]error
	)
	for i := range answers {
		wg.Go(func() { answers[i], errs[i] = call() })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	return answers
}

// A caller that gave up on a call may send it again while the first still works.
func TestStampSentTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	for month := range 30 {
		b := s.deliver(t, shop("shop"), monthEnd(month), shopRows())
		_, err := b.prepare()
		require.NoError(t, err)

		answers := atOnce(t, b.stamp)

		require.Len(t, answers[0], 2)
		for i, st := range answers[0] {
			require.False(t, st.GetUnchanged())
			require.Equal(t, st.String(), answers[1][i].String())
		}
	}
	require.Equal(t, []string{"90"}, s.db.Rows(t, "select count(*) from users_snapshots"))
	s.requireNoOrphans(t)
}

// The first as_of makes the tables, which is where two calls meet most often.
func TestFirstStampSentTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	for round := range 15 {
		name := sprintf("shop_%d", round)
		b := s.deliver(t, inSchema(t, s, shop(name), name), january, shopRows())
		_, err := b.prepare()
		require.NoError(t, err)

		answers := atOnce(t, b.stamp)

		require.Len(t, answers[0], 2)
		for i, st := range answers[0] {
			require.Equal(t, st.String(), answers[1][i].String())
		}
	}
	s.requireNoOrphans(t)
}

func TestStampOfTheSameContentIsANoOp(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	before := s.db.Rows(t, "select * from sf_snapshot.catalog order by snapshot")
	b := s.deliver(t, shop("shop"), january, shopRowsEqual())

	stamped := b.history()
	again, err := b.stamp()

	require.NoError(t, err)
	for i := range first {
		require.True(t, stamped[i].GetUnchanged())
		require.True(t, again[i].GetUnchanged(), "the repeated call knows it, too")
		require.Equal(t, first[i].GetSnapshot().String(), stamped[i].GetSnapshot().String())
	}
	require.Equal(t, before, s.db.Rows(t, "select * from sf_snapshot.catalog order by snapshot"))
	s.requireNoOrphans(t)
}

func TestStampNeedsPrepare(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(*delivery)
		says  string
	}{
		"never prepared":  {func(b *delivery) { require.NoError(b.tb, b.discard()) }, "users_snapshots: nothing is prepared for it"},
		"another as_of":   {func(b *delivery) { b.asOf = february }, "users_snapshots: it is prepared for another as_of, 2024-01-31"},
		"another version": {func(b *delivery) { b.version = "v2" }, "users_snapshots: it is prepared under another version of the dataset, v1"},
		"dropped":         {func(b *delivery) { b.eachPrepared("drop table sf_history.") }, "is gone"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			b := s.deliver(t, shop("shop"), january, shopRows())
			_, err := b.prepare()
			require.NoError(t, err)
			c.spoil(b)

			_, err = b.stamp()

			p := requireReason(t, err, problem.NotPrepared)
			require.Contains(t, p.Message, c.says)
			require.Len(t, p.Violations, 2)
			require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.catalog"))
			require.Empty(t, s.db.Rows(t, "select 1 from pg_class where relname = 'users_snapshots'"))
		})
	}
}

func TestStampOfOthersContentNeedsPrepare(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shop("shop"), january, shopRowsOther())

	_, err := b.stamp()

	requireReason(t, err, problem.NotPrepared)
}

func TestStampOfASnapshotAddedLater(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Snapshots = d.GetSnapshots()[:1]
	first := s.deliver(t, d, january, shopRows())
	first.history()
	b := s.deliver(t, shop("shop"), january, shopRowsEqual())

	stamped := b.history()

	require.True(t, stamped[0].GetUnchanged())
	require.Equal(t, first.batch, stamped[0].GetSnapshot().GetBatch())
	require.False(t, stamped[1].GetUnchanged())
	require.Equal(t, b.batch, stamped[1].GetSnapshot().GetBatch())
	s.requireNoOrphans(t)
}

func TestStampThreeYearsInAnyOrder(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	var want []string
	for i := range 36 {
		month := (i * 23) % 36 // late and early ones mixed
		asOf := time.Date(2021, time.Month(month+2), 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		rows := shopRows()
		rows["orders"] = sprintf("values (1, %d, 'u1', '')", month)
		s.deliver(t, d, asOf, rows).history()
	}
	for month := range 36 {
		want = append(want, sprintf("%s|%d.00", time.Date(2021, time.Month(month+2), 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), month))
	}

	got := s.db.Rows(t, "select as_of, amount from orders_snapshots order by as_of")

	require.Equal(t, want, got)
	require.Equal(t, []string{"108"}, s.db.Rows(t, "select count(*) from users_snapshots"))
	plan := s.db.Rows(t, "explain select * from users_snapshots where as_of = '2022-06-30'")
	require.NotContains(t, sprintf("%v", plan), "2022_07_31", "one as_of reads one partition")
	s.requireNoOrphans(t)
}

func TestStampOfTwoDatasetsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	here := s.deliver(t, shop("here"), january, shopRows())
	there := s.deliver(t, inSchema(t, s, shop("there"), "over_there"), january, shopRowsOther())
	var (
		wg   sync.WaitGroup
		errs [2]error
	)

	for i, b := range []*delivery{here, there} {
		wg.Go(func() {
			if _, errs[i] = b.prepare(); errs[i] == nil {
				_, errs[i] = b.stamp()
			}
		})
	}
	wg.Wait()

	require.NoError(t, errs[0])
	require.NoError(t, errs[1])
	require.Equal(t, []string{"3"}, s.db.Rows(t, "select count(*) from public.users_snapshots"))
	require.Equal(t, []string{"1"}, s.db.Rows(t, `select count(*) from over_there.users_snapshots`))
	s.requireNoOrphans(t)
}

func TestStampUnderLongNames(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Snapshots[0].Name = "users_of_the_shop_with_a_very_long_name_snapshot"
	d.Snapshots[1].Name = "users_of_the_shop_with_a_very_long_name_snapsho2"
	d.Snapshots[1].From, d.Snapshots[1].Columns = "users", []string{"fee"}
	require.Len(t, d.GetSnapshots()[0].GetName(), 48)

	for _, asOf := range []string{january, february} {
		stamped := s.deliver(t, d, asOf, shopRows()).history()
		require.LessOrEqual(t, len(stamped[0].GetSnapshot().GetPartition().GetName()), 63)
	}

	require.Equal(t, []string{"6"}, s.db.Rows(t, "select count(*) from "+d.GetSnapshots()[0].GetName()))
	require.Len(t, s.historyTables(t), 4)
	s.requireNoOrphans(t)
}

// The server's own time-out of idle transactions is what frees the locks of a
// stopped process.
func TestRoleDoesNotIdleInTransactions(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var timeout string
	require.NoError(t, db.Pool(t, "sf_snapshot").QueryRow(t.Context(), "show idle_in_transaction_session_timeout").Scan(&timeout))
	require.Equal(t, "5s", timeout)
}
