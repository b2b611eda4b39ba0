package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// keeping is a dataset that keeps so many dates.
func keeping(d *datasetv1.Dataset, dates int32) *datasetv1.Dataset {
	d = proto.CloneOf(d)
	d.History = &datasetv1.History{Keep: dates}
	return d
}

// months are the first month ends of 2024.
var months = []string{"2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"}

// stampMonths stamps the first months of the shop.
func (s *suite) stampMonths(tb testing.TB, n int) {
	tb.Helper()
	for _, asOf := range months[:n] {
		s.deliver(tb, shop("shop"), asOf, shopRows()).history()
	}
}

func (s *suite) retain(tb testing.TB, d *datasetv1.Dataset) (*snapshotv1.RetainResponse, error) {
	tb.Helper()
	return s.client.Retain(context.Background(), &snapshotv1.RetainRequest{
		Context: &stepv1.StepContext{Run: "run_1", Fence: s.db.Fence(tb, d.GetName()).Proto(), RequestedBy: "a test"}, Dataset: d,
	})
}

// retained drops what is due and returns the dates that went, failing the test where
// something is in the way.
func (s *suite) retained(tb testing.TB, d *datasetv1.Dataset) []string {
	tb.Helper()
	resp, err := s.retain(tb, d)
	require.NoError(tb, err)
	require.Empty(tb, resp.GetFindings())
	return datesOf(resp.GetDropped())
}

func datesOf(all []*snapshotv1.RetainedDate) []string {
	var dates []string
	for _, d := range all {
		dates = append(dates, d.GetAsOf())
	}
	return dates
}

// planned says of each date what becomes of it, as in "2024-01-31 DUE".
func (s *suite) planned(tb testing.TB, d *datasetv1.Dataset, asOf string) []string {
	tb.Helper()
	resp, err := s.client.PlanRetention(context.Background(), &snapshotv1.PlanRetentionRequest{Dataset: d.GetName(), AsOf: asOf, Declaration: d})
	require.NoError(tb, err)
	var lines []string
	for _, date := range resp.GetDates() {
		lines = append(lines, date.GetAsOf()+" "+strings.TrimPrefix(date.GetState().String(), "RETENTION_STATE_"))
	}
	return lines
}

func (s *suite) pin(tb testing.TB, asOf, reason string) {
	tb.Helper()
	_, err := s.client.Pin(context.Background(), &snapshotv1.PinRequest{Dataset: "shop", AsOf: asOf, Reason: reason, RequestedBy: "ann"})
	require.NoError(tb, err)
}

// attached are the partitions that readers of the snapshots see, and what is kept beside.
func (s *suite) attached(tb testing.TB) []string {
	tb.Helper()
	return s.db.Rows(tb, `select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
		where not i.inhdetachpending and c.relkind = 'r' and c.relnamespace = 'sf_history'::regnamespace order by c.relname collate "C"`)
}

// A history that keeps two dates loses what is older: the tables, and not the entries.
func TestWhatIsOlderThanTheHistoryKeepsIsDropped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 4)
	s.correct(t, shop("shop"), january, shopRowsOther()).history()
	d := keeping(shop("shop"), 2)
	require.Equal(t, []string{"2024-04-30 KEPT", "2024-03-31 KEPT", "2024-02-29 DUE", "2024-01-31 DUE"}, s.planned(t, d, ""))
	require.Equal(t, []string{"2024-05-31 KEPT", "2024-04-30 KEPT", "2024-03-31 DUE", "2024-02-29 DUE", "2024-01-31 DUE"}, s.planned(t, d, months[4]))

	require.Equal(t, []string{"2024-02-29", "2024-01-31"}, s.retained(t, d))

	require.Equal(t, []string{
		"orders_snapshots__2024_03_31__r1", "orders_snapshots__2024_04_30__r1", "users_snapshots__2024_03_31__r1", "users_snapshots__2024_04_30__r1",
	}, s.historyTables(t), "superseded revisions go with their date")
	require.Equal(t, s.historyTables(t), s.attached(t))
	require.Equal(t, []string{"2024-03-31", "2024-04-30"}, s.db.Rows(t, "select distinct as_of from public.users_snapshots order by 1"))
	require.Equal(t, []string{"2024-04-30 KEPT", "2024-03-31 KEPT", "2024-02-29 DROPPED", "2024-01-31 DROPPED"}, s.planned(t, d, ""))
	require.Empty(t, s.retained(t, d), "twice drops nothing more")

	listed, err := s.client.ListSnapshots(context.Background(), &snapshotv1.ListSnapshotsRequest{Dataset: "shop"})
	require.NoError(t, err)
	require.Len(t, listed.GetSnapshots(), 8, "every entry stays")
	for _, e := range listed.GetSnapshots() {
		require.Equal(t, e.GetAsOf() < "2024-03-31", e.GetDroppedAt() != nil, e.GetAsOf())
	}
	got, err := s.client.GetSnapshot(context.Background(), &snapshotv1.GetSnapshotRequest{Dataset: "shop", AsOf: january})
	require.NoError(t, err)
	require.NotNil(t, got.GetSnapshots()[0].GetDroppedAt())
	revisions, err := s.client.ListRevisions(context.Background(), &snapshotv1.ListRevisionsRequest{Dataset: "shop", AsOf: january})
	require.NoError(t, err)
	require.Len(t, revisions.GetRevisions(), 4)
	for _, e := range revisions.GetRevisions() {
		require.NotNil(t, e.GetDroppedAt())
	}
}

// Age is seen from the newest date, so a history that gets no deliveries loses nothing.
func TestAHistoryMayGoByAge(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 4)
	for days, want := range map[int32][]string{
		0:  {"KEPT", "KEPT", "KEPT", "KEPT"},
		29: {"KEPT", "DUE", "DUE", "DUE"},
		30: {"KEPT", "KEPT", "DUE", "DUE"},
		89: {"KEPT", "KEPT", "KEPT", "DUE"},
		90: {"KEPT", "KEPT", "KEPT", "KEPT"},
	} {
		d := shop("shop")
		d.History = &datasetv1.History{KeepFor: days}
		if days == 0 {
			d.History = nil
		}
		var states []string
		for _, line := range s.planned(t, d, "") {
			states = append(states, strings.Fields(line)[1])
		}
		require.Equal(t, want, states, "%d days", days)
	}
}

// Where number and age are both said, a date stays as long as one of them keeps it.
func TestAHistoryMayGoByNumberAndAge(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 4)
	for want, rule := range map[string]*datasetv1.History{
		"the newest 2 dates and those of 89 days before the newest are kept: 1":         {Keep: 2, KeepFor: 89},
		"the newest 3 dates and those of 1 day before the newest are kept: 1":           {Keep: 3, KeepFor: 1},
		"the newest date and those of 1 day before the newest are kept: 3":              {Keep: 1, KeepFor: 1},
		"dates of 30 days before the newest are kept: 2":                                {KeepFor: 30},
		"the newest date is kept: 3":                                                    {Keep: 1},
		"the newest 1,000 dates and those of 36,600 days before the newest are kept: 0": {Keep: 1000, KeepFor: 36600},
	} {
		d := shop("shop")
		d.History = rule
		resp, err := s.client.PlanRetention(context.Background(), &snapshotv1.PlanRetentionRequest{Dataset: "shop", Declaration: d})
		require.NoError(t, err)
		due := 0
		for _, date := range resp.GetDates() {
			if date.GetState() == snapshotv1.RetentionState_RETENTION_STATE_DUE {
				due++
			}
		}
		require.Equal(t, want, fmt.Sprintf("%s: %d", resp.GetRule(), due))
	}
}

// What nobody may lose stays, and is said: a pin, the newest date of a snapshot, a training
// set until it is forgotten.
func TestWhatKeepsADate(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 4)
	s.pin(t, january, "the audit of 2024")
	s.db.Exec(t, `alter table sf_snapshot.catalog disable trigger immutable;
		update sf_snapshot.catalog set snapshot = 'olden_snapshots' where snapshot = 'users_snapshots' and as_of = '2024-02-29'`)
	d := keeping(shop("shop"), 1)
	require.Equal(t, []string{"2024-04-30 KEPT", "2024-03-31 DUE", "2024-02-29 HELD", "2024-01-31 HELD"}, s.planned(t, d, ""))
	plan, err := s.client.PlanRetention(context.Background(), &snapshotv1.PlanRetentionRequest{Dataset: "shop", Declaration: d})
	require.NoError(t, err)
	require.Equal(t, "the newest date is kept", plan.GetRule())
	require.Equal(t, "the newest date of olden_snapshots", plan.GetDates()[2].GetWhy())
	require.Equal(t, "pinned by ann: the audit of 2024", plan.GetDates()[3].GetWhy())
	require.Equal(t, "ann", plan.GetDates()[3].GetPin().GetPinnedBy())

	resp, err := s.retain(t, d)
	require.NoError(t, err)
	require.Equal(t, []string{"2024-03-31"}, datesOf(resp.GetDropped()))
	require.Equal(t, []string{"2024-02-29", "2024-01-31"}, datesOf(resp.GetHeld()), "what stays though it is due is said")
	require.Equal(t, "pinned by ann: the audit of 2024", resp.GetHeld()[1].GetWhy())

	got, err := s.client.GetSnapshot(context.Background(), &snapshotv1.GetSnapshotRequest{Dataset: "shop", AsOf: january})
	require.NoError(t, err)
	require.Equal(t, "the audit of 2024", got.GetSnapshots()[0].GetPin().GetReason())
	unpinned, err := s.client.Unpin(context.Background(), &snapshotv1.UnpinRequest{Dataset: "shop", AsOf: january, RequestedBy: "bob"})
	require.NoError(t, err)
	require.Equal(t, "ann", unpinned.GetPin().GetPinnedBy())
	again, err := s.client.Unpin(context.Background(), &snapshotv1.UnpinRequest{Dataset: "shop", AsOf: january, RequestedBy: "bob"})
	require.NoError(t, err)
	require.Nil(t, again.GetPin())
	require.Equal(t, []string{"2024-01-31"}, s.retained(t, d))
}

func TestPinsAreForDatesThatAreThere(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 2)
	s.retained(t, keeping(shop("shop"), 1))
	pin := func(asOf, reason string) error {
		_, err := s.client.Pin(context.Background(), &snapshotv1.PinRequest{Dataset: "shop", AsOf: asOf, Reason: reason, RequestedBy: "ann"})
		return err
	}
	requireReason(t, pin(january, "too late"), problem.RetainedNoLonger)
	requireReason(t, pin("2024-03-31", "too early"), problem.SnapshotNotFound)
	requireReason(t, pin(february, "  "), problem.InvalidRequest)
	requireReason(t, pin("2024-02-30", "no day"), problem.InvalidRequest)
	for n, reason := range []string{"first", "second", "second"} {
		resp, err := s.client.Pin(context.Background(), &snapshotv1.PinRequest{Dataset: "shop", AsOf: february, Reason: reason, RequestedBy: "ann"})
		require.NoError(t, err)
		require.Equal(t, reason, resp.GetPin().GetReason())
		require.Equal(t, []string{"", "first", ""}[n], resp.GetReplaced().GetReason(), "what it took the place of is said")
	}
	require.Equal(t, []string{"second|ann"}, s.db.Rows(t, "select reason, pinned_by from sf_snapshot.pin"))
	_, err := s.client.Unpin(context.Background(), &snapshotv1.UnpinRequest{Dataset: "shop", AsOf: "2024-03-31", RequestedBy: "ann"})
	requireReason(t, err, problem.SnapshotNotFound)
}

// Every read that needs a date which was dropped says so, and a delivery of it is refused.
func TestNobodyReadsWhatWasDropped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 3)
	d := keeping(shop("shop"), 1)
	s.retained(t, d)
	ctx := context.Background()
	late := s.deliver(t, shop("shop"), january, shopRows())
	for name, read := range map[string]func() error{
		"diff from": func() error {
			_, err := s.differences(&snapshotv1.DiffRequest{Dataset: "shop", From: january, To: months[2]})
			return err
		},
		"diff to": func() error {
			_, err := s.differences(&snapshotv1.DiffRequest{Dataset: "shop", From: months[2], To: january, ToRevision: 1})
			return err
		},
		"rollback": func() error {
			_, err := s.client.Rollback(ctx, &snapshotv1.RollbackRequest{Context: late.context(), AsOf: january, Dataset: shop("shop"), ToRevision: 1})
			return err
		},
		"restore": func() error {
			_, err := s.client.Restore(ctx, &snapshotv1.RestoreRequest{Dataset: "shop", AsOf: january, Into: "january", RequestedBy: "ann", Declaration: shop("shop")})
			return err
		},
		"verify": func() error {
			_, _, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop", AsOf: january})
			return err
		},
		"prepare": func() error { _, err := late.prepare(); return err },
		"stamp":   func() error { _, err := late.stamp(); return err },
		"check": func() error {
			_, err := s.client.CheckStamped(ctx, &snapshotv1.CheckStampedRequest{Context: late.context(), AsOf: january, Dataset: shop("shop")})
			return err
		},
	} {
		p := requireReason(t, read(), problem.RetainedNoLonger)
		require.Contains(t, p.Message, "2024-01-31 were dropped on ", name)
	}
	_, result, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop", Superseded: true})
	require.NoError(t, err)
	require.EqualValues(t, 2, result.GetIntact())
	require.EqualValues(t, 4, result.GetDropped(), "what is not read is counted")
	require.Zero(t, result.GetWrong())
}

// differences reads a diff to its end.
func (s *suite) differences(req *snapshotv1.DiffRequest) (n int, err error) {
	stream, err := s.client.Diff(context.Background(), req)
	if err != nil {
		return 0, err
	}
	return n, drain(stream, func(*snapshotv1.DiffResponse) error { n++; return nil })
}

// What somebody has put onto a partition keeps its date, and is named; the rest goes.
func TestWhatOthersPutOntoAPartitionStays(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	const table = "sf_history.users_snapshots__%s__r1"
	hindrances := []struct{ make, found, mend string }{
		{"create view public.of_it as select * from %s", "on %s stands view public.of_it", "drop view public.of_it"},
		{`create materialized view public."It" as select user_id from %s`, `on %s stands materialized view public."It"`, `drop materialized view public."It"`},
		{"create table public.notes (user_id text, as_of date, constraint of_user foreign key (user_id, as_of) references %s (user_id, as_of))",
			"on %s stands foreign key of_user of public.notes", "alter table public.notes drop constraint of_user"},
		{"create table public.typed (u %s)", "on %s stands column u of table public.typed", "Drop the object that is named"},
		{"alter table public.users_snapshots detach partition %[1]s; create table public.archive (like %[1]s) partition by list (as_of); alter table public.archive attach partition %[1]s default",
			"%s is a partition of public.archive, where somebody attached it", "detach partition"},
		{"alter table %s owner to postgres", "%s is owned by somebody else", "owner to sf_snapshot"},
	}
	var dates []string
	for n := range len(hindrances) + 2 {
		date := fmt.Sprintf("2023-%02d-28", n+1)
		dates = append(dates, date)
		s.deliver(t, shop("shop"), date, shopRows()).history()
	}
	of := func(date string) string { return fmt.Sprintf(table, strings.ReplaceAll(date, "-", "_")) }
	for n, h := range hindrances {
		s.db.Exec(t, fmt.Sprintf(h.make, of(dates[n])))
	}

	resp, err := s.retain(t, keeping(shop("shop"), 1))

	require.NoError(t, err)
	require.Equal(t, dates[len(hindrances):len(hindrances)+1], datesOf(resp.GetDropped()), "the rest goes on")
	require.Len(t, resp.GetFindings(), len(hindrances))
	for n, h := range hindrances {
		f := resp.GetFindings()[len(hindrances)-1-n] // the newest date first
		require.Equal(t, string(problem.RetentionHindered), f.GetReason())
		require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
		require.Equal(t, "users_snapshots", f.GetTable())
		require.Contains(t, f.GetFound(), fmt.Sprintf(h.found, of(dates[n])))
		require.Contains(t, f.GetAction(), h.mend)
		require.Contains(t, f.GetMessage(), dates[n]+" is due and stays: ")
		require.Contains(t, s.planned(t, keeping(shop("shop"), 1), ""), dates[n]+" DUE")
		require.Contains(t, s.historyTables(t), "orders_snapshots__"+strings.ReplaceAll(dates[n], "-", "_")+"__r1", "nothing of it was dropped")
	}
}

// A foreign key onto all of the history may be of any date: it keeps them, and is named.
func TestAForeignKeyOntoTheHistoryIsNamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 2)
	s.db.Exec(t, `create table public.notes (user_id text, as_of date, foreign key (user_id, as_of) references public.users_snapshots (user_id, as_of))`)

	resp, err := s.retain(t, keeping(shop("shop"), 1))

	require.NoError(t, err)
	require.Empty(t, resp.GetDropped())
	require.Contains(t, resp.GetFindings()[0].GetMessage(), "of public.notes")
	s.db.Exec(t, "drop table public.notes")
	require.Equal(t, []string{january}, s.retained(t, keeping(shop("shop"), 1)))
}

// What users have on the snapshots themselves, and what goes with a table, is in nobody's way.
func TestWhatUsersHaveOnTheSnapshotsStaysThroughARetention(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 3)
	s.db.Exec(t, `create role retain_reader; grant select on public.users_snapshots to retain_reader;
		create view public.all_users as select * from public.users_snapshots;
		create materialized view public.counted as select as_of, count(*) from public.users_snapshots group by 1;
		create index by_note on public.users_snapshots (note);
		create index by_fee on sf_history.users_snapshots__2024_01_31__r1 (fee);
		alter table sf_history.users_snapshots__2024_01_31__r1 add check (visits is null or visits > 0);
		create publication of_january for table sf_history.users_snapshots__2024_01_31__r1;
		create statistics public.both on note, fee from sf_history.users_snapshots__2024_01_31__r1`)
	t.Cleanup(func() {
		s.db.Exec(t, "revoke all on public.users_snapshots from retain_reader; drop role retain_reader")
	})
	before := s.oids(t)

	require.Equal(t, []string{"2024-02-29", "2024-01-31"}, s.retained(t, keeping(shop("shop"), 1)))

	require.Equal(t, []string{"2024-03-31|3"}, s.db.Rows(t, "select as_of, count(*) from public.all_users group by 1"))
	require.Equal(t, []string{"3"}, s.db.Rows(t, "select count(*) from public.counted"), "a materialized view has what it had")
	s.db.Exec(t, "refresh materialized view public.counted")
	require.Subset(t, before, s.oids(t), "no table is made anew")
	require.Equal(t, []string{"t"}, s.db.Rows(t, "select has_table_privilege('retain_reader', 'public.users_snapshots', 'select')"))
	s.deliver(t, shop("shop"), months[3], shopRows()).history()
	require.Equal(t, []string{"2024-03-31"}, s.retained(t, keeping(shop("shop"), 1)), "and so on with the next date")
}

// A reader goes on reading what it began with, nobody waits behind it, and what could not
// go goes the next time.
func TestAReaderKeepsWhatItBeganWith(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 3)
	ctx := context.Background()
	tx, err := s.db.Owner.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(ctx) })
	count := func(q interface {
		QueryRow(context.Context, string, ...any) pgx.Row
	}) (n int) {
		require.NoError(t, q.QueryRow(ctx, "select count(*) from public.users_snapshots").Scan(&n))
		return n
	}
	require.Equal(t, 9, count(tx))

	resp, err := s.retain(t, keeping(shop("shop"), 1))
	require.NoError(t, err)
	require.NotEmpty(t, resp.GetFindings())
	for _, f := range resp.GetFindings() {
		require.Contains(t, f.GetMessage(), "is dropped, and a table of it is still there: somebody uses the snapshots")
	}
	require.Equal(t, 9, count(tx), "the reader reads on")
	require.Contains(t, s.planned(t, keeping(shop("shop"), 1), ""), "2024-01-31 UNDER_WAY")
	requireReason(t, s.restoring(january), problem.RetainedNoLonger)

	require.NoError(t, tx.Rollback(ctx))
	s.retained(t, keeping(shop("shop"), 1))
	require.Equal(t, 3, count(s.db.Owner))
	require.Equal(t, []string{"2024-03-31 KEPT", "2024-02-29 DROPPED", "2024-01-31 DROPPED"}, s.planned(t, keeping(shop("shop"), 1), ""))
}

func (s *suite) restoring(asOf string) error {
	_, err := s.client.Restore(context.Background(), &snapshotv1.RestoreRequest{Dataset: "shop", AsOf: asOf, Into: "restored", RequestedBy: "ann", Declaration: shop("shop")})
	return err
}

// Nothing is dropped for a run that lost its lease.
func TestARetentionUnderAnOldFenceDropsNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 2)
	old := s.db.Fence(t, "shop")
	s.db.Fence(t, "shop")

	_, err := s.client.Retain(context.Background(), &snapshotv1.RetainRequest{
		Context: &stepv1.StepContext{Run: "run_1", Fence: old.Proto(), RequestedBy: "a test"}, Dataset: keeping(shop("shop"), 1),
	})

	requireReason(t, err, problem.FenceLost)
	require.Empty(t, s.db.Rows(t, "select * from sf_snapshot.dropped"))
	require.Len(t, s.historyTables(t), 4)
}

// Wherever a retention was left, the next one goes on: after the catalog, while a partition
// is being detached, once it was, and with tables dropped.
func TestARetentionIsGoneOnWith(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 5)
	users := func(n int) string {
		return "sf_history.users_snapshots__" + strings.ReplaceAll(months[n], "-", "_") + "__r1"
	}
	for n, leave := range [][]string{
		{}, // with nothing but the intent
		{"alter table public.users_snapshots detach partition " + users(1) + " concurrently"},
		{"alter table public.users_snapshots detach partition " + users(2) + " concurrently", "drop table " + users(2)},
		{"drop table " + users(3), "drop table " + strings.Replace(users(3), "users", "orders", 1)},
	} {
		s.db.Exec(t, fmt.Sprintf("insert into sf_snapshot.dropped (dataset, as_of, run, requested_by, why) values ('shop', '%s', 'run_0', 'ann', 'a rule')", months[n]))
		for _, sql := range leave {
			s.db.Exec(t, sql)
		}
	}
	require.Equal(t, []string{"2024-05-31 KEPT", "2024-04-30 UNDER_WAY", "2024-03-31 UNDER_WAY", "2024-02-29 UNDER_WAY", "2024-01-31 UNDER_WAY"},
		s.planned(t, shop("shop"), ""))

	require.Equal(t, []string{months[3], months[2], months[1], months[0]}, s.retained(t, shop("shop")), "also of a dataset that declares nothing any more")

	require.Equal(t, []string{"orders_snapshots__2024_05_31__r1", "users_snapshots__2024_05_31__r1"}, s.historyTables(t))
	require.Equal(t, []string{"run_0|4"}, s.db.Rows(t, "select run, count(*) from sf_snapshot.dropped where gone_at is not null group by 1"))
}

// A detaching that was left half done, as by a crash of the server, is finalized.
func TestADetachingThatWasLeftIsFinalized(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampMonths(t, 3)
	s.leavePending(t, months[0])
	require.Equal(t, []string{"users_snapshots__2024_01_31__r1"}, s.db.Rows(t,
		"select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhdetachpending and c.relkind = 'r'"))

	require.Equal(t, []string{"2024-02-29", "2024-01-31"}, s.retained(t, keeping(shop("shop"), 1)))

	require.Equal(t, []string{"orders_snapshots__2024_03_31__r1", "users_snapshots__2024_03_31__r1"}, s.historyTables(t))
}

// leavePending leaves the users of a month half detached: a reader holds the detaching up, and
// its session gives up.
func (s *suite) leavePending(t *testing.T, asOf string) {
	t.Helper()
	ctx := context.Background()
	tx, err := s.db.Owner.Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "select from public.users_snapshots limit 1")
	require.NoError(t, err)
	conn, err := s.db.Owner.Acquire(ctx)
	require.NoError(t, err)
	_, err = conn.Exec(ctx, "set lock_timeout = '50ms'")
	require.NoError(t, err)
	_, err = conn.Exec(ctx, fmt.Sprintf("alter table public.users_snapshots detach partition sf_history.users_snapshots__%s__r1 concurrently",
		strings.ReplaceAll(asOf, "-", "_")))
	require.ErrorContains(t, err, "lock timeout")
	_, err = conn.Exec(ctx, "reset lock_timeout")
	require.NoError(t, err)
	conn.Release()
	require.NoError(t, tx.Rollback(ctx))
}
