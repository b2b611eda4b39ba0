package snapshot_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const januaryKept = "sf_history.users_snapshots__2024_01_31__r1__kept"

// correct delivers rows that supersede what is stamped.
func (s *suite) correct(tb testing.TB, d *datasetv1.Dataset, asOf string, rows map[string]string) *delivery {
	tb.Helper()
	b := s.deliver(tb, d, asOf, rows)
	b.reason = "the extract was wrong"
	return b
}

// revisionsOf are the catalog's entries of a snapshot's as_of.
func (s *suite) revisionsOf(tb testing.TB, snapshot, asOf string) []string {
	tb.Helper()
	return s.db.Rows(tb, `select revision, current, superseded_at is null, reason, rows, partition_name, coalesce(relation_name, '-')
		from sf_snapshot.catalog left join sf_snapshot.kept using (dataset, snapshot, as_of, revision)
		where snapshot = $1 and as_of = $2::date order by revision`, snapshot, asOf)
}

// oids is who the snapshot tables and their partitions are.
func (s *suite) oids(tb testing.TB) []string {
	tb.Helper()
	return s.db.Rows(tb, `select c.oid, c.relname from pg_class c join pg_partition_tree('users_snapshots') t on t.relid = c.oid order by 1`)
}

func TestSupersedeMakesARevision(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	before := s.oids(t)
	rows := shopRows()
	rows["users"] = `values ('u1', date '2023-01-02', true, 1.51, 'NaN', 9007199254740993, ''),
		('u3', null, null, null, null, null, null), ('u4', null, null, null, null, null, 'new')`
	b := s.correct(t, shop("shop"), january, rows)

	prepared, err := b.prepare()
	require.NoError(t, err)
	stamped, err := b.stamp()
	require.NoError(t, err)

	want := &stepv1.RestatedSnapshot{
		Snapshot: "users_snapshots", Revision: 2, Supersedes: 1, Rows: 3, Added: 1, Removed: 1, Changed: 1,
		Columns: []*stepv1.ColumnCount{{Column: "fee", Updated: 1}},
		First: []*stepv1.RestatedRow{
			{Key: []string{"u1"}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED, Columns: []string{"fee"}},
			{Key: []string{"u2"}, Change: stepv1.RowChange_ROW_CHANGE_REMOVED},
			{Key: []string{"u4"}, Change: stepv1.RowChange_ROW_CHANGE_ADDED},
		},
	}
	requireProto(t, want, prepared[0].GetRestated())
	requireProto(t, want, stamped[0].GetRestated())
	require.Nil(t, stamped[1].GetRestated())
	require.True(t, stamped[1].GetUnchanged(), "the orders are the same, and keep their revision")
	e := stamped[0].GetSnapshot()
	require.EqualValues(t, 2, e.GetRevision())
	require.Equal(t, "the extract was wrong", e.GetReason())
	require.Equal(t, first[0].GetSnapshot().GetPartition().GetName(), e.GetRelation().GetName())
	require.True(t, e.GetKnownAt().AsTime().After(first[0].GetSnapshot().GetKnownAt().AsTime()))
	require.Equal(t, []string{"u1|1.51", "u3|<null>", "u4|<null>"}, s.db.Rows(t, "select user_id, fee from users_snapshots order by 1"))
	require.Equal(t, []string{"u1|1.50|1", "u2|0.10000000000000001|1", "u3|<null>|1"},
		s.db.Rows(t, "select user_id, fee, sf_revision from "+januaryKept+" order by 1"))
	require.Equal(t, []string{
		"1|f|f||3|users_snapshots__2024_01_31__r1|users_snapshots__2024_01_31__r1__kept",
		"2|t|t|the extract was wrong|3|users_snapshots__2024_01_31__r1|-",
	}, s.revisionsOf(t, "users_snapshots", january))
	require.Len(t, s.revisionsOf(t, "orders_snapshots", january), 1)
	require.Equal(t, before, s.oids(t), "the table and its partition are those that they were")
	require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.prepared where partition_name is not null"))
	s.requireNoOrphans(t)
}

// The content of every revision has the hash that the catalog has of it.
func TestEveryRevisionCanBeReadAgain(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, shopRowsOther()).history()
	s.correct(t, shop("shop"), january, shopRows()).history()

	require.Equal(t, []string{"1|3|f", "2|1|f", "3|3|t"}, s.db.Rows(t, `select revision, count(*), superseded_at is null
		from users_snapshots_revisions group by revision, superseded_at order by 1`))
	require.Equal(t, []string{"1.50|1", "1.51|2", "1.50|3"}, s.db.Rows(t, "select fee, revision from users_snapshots_revisions where user_id = 'u1' order by revision"))
	require.Equal(t, []string{"t"}, s.db.Rows(t, "select content_hash = lead(content_hash, 2) over (order by revision) from sf_snapshot.catalog where snapshot = 'users_snapshots' order by revision limit 1"))
	require.Equal(t, []string{"t|t"}, s.db.Rows(t, `select bool_and(superseded_at is not distinct from next), bool_and(known_at < superseded_at or superseded_at is null)
		from (select *, lead(known_at) over (order by revision) as next from sf_snapshot.catalog where snapshot = 'users_snapshots') r`))
	reader := s.db.Pool(t, "sf_reader")
	for _, from := range []string{"users_snapshots_revisions", "sf_history.users_snapshots__kept", januaryKept} {
		_, err := reader.Exec(t.Context(), "select * from "+schemaOf(from))
		require.NoError(t, err, from)
	}
	s.requireNoOrphans(t)
}

func schemaOf(name string) string {
	if name == "users_snapshots_revisions" {
		return "public." + name
	}
	return name
}

// A transaction over all snapshots sees one revision throughout, and nobody waits.
func TestReadersKeepTheRevisionThatTheyBeganWith(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.correct(t, shop("shop"), january, shopRowsOther())
	_, err := b.prepare()
	require.NoError(t, err)
	all := func(q func(sql string) []string) [][]string {
		return [][]string{
			q("select user_id, fee from public.users_snapshots order by 1"), q("select user_id, number, amount from public.orders_snapshots order by 1, 2"),
			q("select user_id, fee, revision, superseded_at is null from public.users_snapshots_revisions order by 1, 3"),
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, err := s.db.Pool(t, "sf_reader").Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()
	read := func(sql string) []string {
		rows, err := conn.Query(ctx, sql, pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err)
		return texts(t, rows)
	}
	_, err = conn.Exec(ctx, "begin isolation level repeatable read; set local statement_timeout = '1s'")
	require.NoError(t, err)
	before := all(read)

	_, err = b.stamp()

	require.NoError(t, err, "the stamp does not wait for the reader")
	require.Equal(t, before, all(read))
	_, err = conn.Exec(ctx, "commit")
	require.NoError(t, err)
	after := all(read)
	require.Equal(t, []string{"u1|1.51"}, after[0])
	require.Equal(t, []string{"u1|1.50|1|f", "u1|1.51|2|t", "u2|0.10000000000000001|1|f", "u3|<null>|1|f"}, after[2])
}

func TestWhatUsersHaveOnATableStays(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, `create role analyst_of_`+s.db.Name+`; grant select on users_snapshots to analyst_of_`+s.db.Name+`;
		create view paying as select user_id from users_snapshots where fee > 1; create materialized view fees as select fee from users_snapshots;
		create index on users_snapshots (fee); grant select on `+januaryUsers+` to analyst_of_`+s.db.Name)
	what := func() []string {
		return s.db.Rows(t, `select c.relname, c.relacl::text, pg_get_viewdef(c.oid) from pg_class c where c.relname ~ '^(users_snapshots|paying|fees)' and c.relname !~ 'kept'
			order by 1, c.oid`)
	}
	before := what()

	s.correct(t, shop("shop"), january, shopRowsOther()).history()

	require.Equal(t, before, what())
	require.Equal(t, []string{"u1"}, s.db.Rows(t, "select * from paying"))
}

func TestTheSameContentSupersedesNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()

	for _, st := range s.correct(t, shop("shop"), january, shopRowsEqual()).history() {
		require.True(t, st.GetUnchanged())
		require.Nil(t, st.GetRestated())
	}

	require.Len(t, s.revisionsOf(t, "users_snapshots", january), 1)
	require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.restatement"))
}

func TestWhatWasNeverStampedIsStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)

	stamped := s.correct(t, shop("shop"), january, shopRows()).history()

	require.EqualValues(t, 1, stamped[0].GetSnapshot().GetRevision())
	require.Empty(t, stamped[0].GetSnapshot().GetReason())
	require.Nil(t, stamped[0].GetRestated())
	require.Equal(t, []string{"1|t|t||3|users_snapshots__2024_01_31__r1|-"}, s.revisionsOf(t, "users_snapshots", january))
}

// Each call may be sent again, and a stopped attempt is in nobody's way.
func TestSupersedeMayBeSentAgain(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.correct(t, shop("shop"), january, shopRowsOther())
	first, err := b.prepare()
	require.NoError(t, err)
	tables := s.historyTables(t)

	again, err := b.prepare()
	require.NoError(t, err)
	require.Equal(t, tables, s.historyTables(t), "what is prepared stays")
	requireProto(t, first[0], again[0])
	b.fence = s.db.Fence(t, "shop") // another worker takes over
	_, err = b.prepare()
	require.NoError(t, err)
	stamped, err := b.stamp()
	require.NoError(t, err)
	twice, err := b.stamp()
	require.NoError(t, err)

	require.False(t, twice[0].GetUnchanged())
	requireProto(t, stamped[0].GetSnapshot(), twice[0].GetSnapshot())
	requireProto(t, stamped[0].GetRestated(), twice[0].GetRestated())
	require.Len(t, s.revisionsOf(t, "users_snapshots", january), 2)
	s.requireNoOrphans(t)
}

func TestASupersedeThatIsDiscardedLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	before := s.historyTables(t)
	b := s.correct(t, shop("shop"), january, shopRowsOther())
	_, err := b.prepare()
	require.NoError(t, err)
	require.Len(t, s.historyTables(t), len(before)+4)

	require.NoError(t, b.discard())

	require.Equal(t, before, s.historyTables(t))
	s.requireNoOrphans(t)
	_, err = b.stamp()
	requireReason(t, err, problem.NotPrepared)
}

// What somebody wrote between Prepare and Stamp is noticed before anything is committed.
func TestRowsWrittenMeanwhileAreNoticed(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a row that stays": "update " + januaryUsers + " set note = 'mine' where user_id = 'u1'",
		"a row more":       "insert into " + januaryUsers + " (user_id, as_of) values ('u9', '2024-01-31')",
		"dropped":          "drop table " + januaryUsers,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			rows := shopRows()
			rows["users"] = `values ('u1', date '2023-01-02', true, 1.50, 'NaN', 9007199254740993, '')`
			b := s.correct(t, shop("shop"), january, rows)
			_, err := b.prepare()
			require.NoError(t, err)
			s.db.Exec(t, sql)

			_, err = b.stamp()

			requireReason(t, err, problem.NotPrepared)
			require.Len(t, s.revisionsOf(t, "users_snapshots", january), 1)
			stamped := b.history()
			require.EqualValues(t, 2, stamped[0].GetSnapshot().GetRevision())
			require.NotEmpty(t, stamped[0].GetRestated().GetFound(), "what was found is said")
			require.Equal(t, []string{"u1|"}, s.db.Rows(t, "select user_id, note from users_snapshots"))
			s.requireNoOrphans(t, januaryUsers)
		})
	}
}

// Of rows that are gone nothing can be kept; the catalog still says what they were.
func TestWhatIsGoneCanBeSuperseded(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"dropped":                      "drop table " + januaryUsers,
		"the whole table dropped":      "drop table users_snapshots cascade",
		"detached, and written to":     "alter table users_snapshots detach partition " + januaryUsers + "; delete from " + januaryUsers,
		"detached":                     "alter table users_snapshots detach partition " + januaryUsers,
		"detached, and its table gone": "alter table users_snapshots detach partition " + januaryUsers + "; drop table users_snapshots cascade",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.db.Exec(t, sql)

			stamped := s.correct(t, shop("shop"), january, shopRowsOther()).history()

			require.EqualValues(t, 2, stamped[0].GetSnapshot().GetRevision())
			require.Equal(t, []string{"u1|1.51"}, s.db.Rows(t, "select user_id, fee from users_snapshots"))
			require.Equal(t, []string{"t"}, s.db.Rows(t, "select current from sf_snapshot.catalog where snapshot = 'users_snapshots' and revision = 2"))
			for _, st := range s.checkStamped(t, shop("shop"), false) {
				require.True(t, st.GetStands(), st.GetFound())
			}
			s.correct(t, shop("shop"), january, shopRows()).history()
			require.Equal(t, []string{"1.50|3"}, s.db.Rows(t, "select fee, revision from users_snapshots_revisions where user_id = 'u1' and superseded_at is null"))
		})
	}
}

// A dataset that grew since is corrected with what it has got by now.
func TestACorrectionTakesColumnsThatTheAsOfWasStampedWithout(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	same := s.correct(t, shopGrown("shop"), january, shopRowsGrown())
	_, err := same.expand(false, false)
	require.NoError(t, err)
	require.True(t, same.history()[0].GetUnchanged(), "nothing but NULL is new")
	rows := shopRowsGrown()
	rows["orders"] = `values (2, 12.50, 'u1', 'x', 'web'), (1, 7, 'u1', 'y', null), (1, null, 'u2', null, null)`
	b := s.correct(t, shopGrown("shop"), january, rows)

	stamped := b.history()

	require.True(t, stamped[0].GetUnchanged())
	require.Equal(t, []string{"user_id", "number", "amount", "channel"}, stamped[1].GetSnapshot().GetColumns())
	require.EqualValues(t, 1, stamped[1].GetRestated().GetChanged())
	require.Equal(t, []string{"u1|1|<null>|1", "u1|1|<null>|2", "u1|2|<null>|1", "u1|2|web|2", "u2|1|<null>|1", "u2|1|<null>|2"},
		s.db.Rows(t, "select user_id, number, channel, revision from orders_snapshots_revisions order by 1, 2, 4"))
}

func TestAnOlderAsOfIsCorrectedByItself(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.deliver(t, shop("shop"), february, shopRows()).history()

	s.correct(t, shop("shop"), january, shopRowsOther()).history()

	require.Equal(t, []string{"2024-01-31|1", "2024-02-29|3"}, s.db.Rows(t, "select as_of, count(*) from users_snapshots group by 1 order by 1"))
	require.Len(t, s.revisionsOf(t, "users_snapshots", february), 1)
	list, err := s.client.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "shop"})
	require.NoError(t, err)
	require.Len(t, list.GetSnapshots(), 4, "the current ones alone")
	got, err := s.client.GetSnapshot(t.Context(), &snapshotv1.GetSnapshotRequest{Dataset: "shop", AsOf: january})
	require.NoError(t, err)
	require.EqualValues(t, 2, got.GetSnapshots()[1].GetRevision())
}

// History that holds another batch than was published last is behind: a stamp failed.
func TestWhatWasPublishedLastMustBeStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows())
	first.history()
	second := s.correct(t, shop("shop"), january, shopRowsOther())
	_, err := second.prepare()
	require.NoError(t, err)
	holds := first
	check := func(batch string) bool {
		resp, err := s.client.CheckStamped(t.Context(), &snapshotv1.CheckStampedRequest{
			Context: second.context(), AsOf: january, Dataset: shop("shop"), Batch: batch,
		})
		require.NoError(t, err)
		require.Equal(t, resp.GetSnapshots()[0].GetStands(), resp.GetSnapshots()[1].GetStands())
		require.Equal(t, holds.batch, resp.GetBatch(), "whose content history holds")
		require.False(t, resp.GetNeverStamped())
		return resp.GetSnapshots()[0].GetStands()
	}

	require.True(t, check(first.batch))
	require.False(t, check(second.batch), "it was published, and its stamp failed")
	require.True(t, check(""))
	_, err = second.stamp()
	require.NoError(t, err)
	holds = second
	require.True(t, check(second.batch))
	require.False(t, check(first.batch))
}

// The catalog guards itself against everything but being superseded once.
func TestTheCatalogIsImmutable(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, shopRowsOther()).history()
	own := s.db.Pool(t, "sf_snapshot")
	for name, sql := range map[string]string{
		"other content":        "update sf_snapshot.catalog set content_hash = 'h1:0:0'",
		"gone":                 "delete from sf_snapshot.catalog",
		"current again":        "update sf_snapshot.catalog set current = true, superseded_at = null where revision = 1 and snapshot = 'users_snapshots'",
		"superseded before":    "update sf_snapshot.catalog set current = false, superseded_at = known_at where current",
		"superseded otherwise": "update sf_snapshot.catalog set superseded_at = now() where not current",
		"neither nor":          "update sf_snapshot.catalog set current = false where current",
	} {
		_, err := own.Exec(t.Context(), sql)
		require.Error(t, err, name)
		_, err = s.db.Owner.Exec(t.Context(), sql)
		require.Error(t, err, "%s, by the owner", name)
	}
}

// A trigger of the users' own may look, and not write: also one that came after the
// correction was tried.
func TestATriggerThatChangesTheCorrectionIsNamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	rows := shopRows()
	rows["users"] = `values ('u1', date '2023-01-02', true, 7, 'NaN', 9007199254740993, '')`
	b := s.correct(t, shop("shop"), january, rows)
	_, err := b.prepare()
	require.NoError(t, err)
	s.db.Exec(t, `create function public.meddle() returns trigger language plpgsql as 'begin new.note := ''mine''; return new; end';
		create trigger meddle before insert or update on users_snapshots for each row execute function public.meddle()`)

	_, err = b.stamp()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.Contains(t, p.Message, "meddle")
	require.Equal(t, []string{"u1|1.50", "u2|0.10000000000000001", "u3|<null>"}, s.db.Rows(t, "select user_id, fee from users_snapshots order by 1"))
	s.db.Exec(t, "drop trigger meddle on users_snapshots")
	_, err = b.stamp()
	require.NoError(t, err)
	require.Equal(t, []string{"u1|7"}, s.db.Rows(t, "select user_id, fee from users_snapshots"))
}
