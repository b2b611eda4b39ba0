package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// told is what a comparison said, a line for each row and each snapshot's counts, in the
// order in which it came.
type told struct {
	lines  []string
	heads  []*snapshotv1.DiffHead
	result *snapshotv1.DiffResult
	// messages is how many there were, largest the rows of the largest.
	messages, largest int
}

func (s *suite) diff(req *snapshotv1.DiffRequest) (told, error) {
	var d told
	stream, err := s.client.Diff(context.Background(), req)
	if err != nil {
		return d, err
	}
	err = drain(stream, func(m *snapshotv1.DiffResponse) error {
		d.messages++
		if m.GetHead() != nil {
			d.heads = append(d.heads, m.GetHead())
		}
		for _, r := range m.GetRows().GetRows() {
			d.lines = append(d.lines, rowLine(r))
		}
		d.largest = max(d.largest, len(m.GetRows().GetRows()))
		if c := m.GetCounts(); c != nil {
			line := fmt.Sprintf("%s: %d added, %d removed, %d changed, %d same", c.GetSnapshot(), c.GetAdded(), c.GetRemoved(), c.GetChanged(), c.GetSame())
			for _, one := range c.GetColumns() {
				line += fmt.Sprintf(", %s %d", one.GetColumn(), one.GetUpdated())
			}
			d.lines = append(d.lines, line)
		}
		d.result = m.GetResult()
		return nil
	})
	return d, err
}

// rowLine writes a row as in: changed (u1) fee 1.5→1.51 note ∅→x.
func rowLine(r *snapshotv1.RowDifference) string {
	value := func(text *string) string {
		if text == nil {
			return "∅"
		}
		return *text
	}
	line := strings.ToLower(strings.TrimPrefix(r.GetChange().String(), "ROW_CHANGE_")) + " (" + strings.Join(r.GetKey(), ", ") + ")"
	for _, v := range r.GetValues() {
		line += fmt.Sprintf(" %s %s→%s", v.GetColumn(), value(v.From), value(v.To))
	}
	return line
}

// februaryShop are the shop's rows a month later.
func februaryShop() map[string]string {
	return map[string]string{
		"users": `values ('u1', date '2023-01-02', true, 1.500, 'NaN', 9007199254740993, null),
			('Z', date '2024-02-01', null, 2.50, null, null, ''), ('u2', date '2023-05-07', true, 0.10000000000000001, 2.5, 7, 'a, "b"')`,
		"orders": `values (2, 12.5, 'u1', 'x'), (1, 8, 'u1', 'y'), (10, null, 'u2', null)`,
	}
}

var januaryToFebruary = map[string][]string{
	"orders_snapshots": {
		"changed (u1, 1) amount 7→8", "removed (u2, 1) amount ∅→∅", "added (u2, 10) amount ∅→∅",
	},
	"users_snapshots": {
		"added (Z) signup ∅→2024-02-01 active ∅→∅ fee ∅→2.5 score ∅→∅ visits ∅→∅ note ∅→",
		"changed (u1) note →∅",
		"changed (u2) signup 2023-05-06→2023-05-07 active false→true",
		"removed (u3) signup ∅→∅ active ∅→∅ fee ∅→∅ score ∅→∅ visits ∅→∅ note ∅→∅",
	},
}

const (
	ordersCounts = "orders_snapshots: 1 added, 1 removed, 1 changed, 1 same, amount 1"
	usersCounts  = "users_snapshots: 1 added, 1 removed, 2 changed, 0 same, signup 1, active 1, note 1"
)

func (s *suite) twoMonths(t *testing.T) {
	t.Helper()
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.deliver(t, shop("shop"), february, februaryShop()).history()
}

// Where the dataset that is registered says so, no value of a personal column is told: of
// these few rows not even a token.
func TestDiffTellsNoPersonalValue(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.twoMonths(t)
	people := shop("shop")
	for _, of := range [][2]string{{"users", "user_id"}, {"users", "note"}, {"orders", "user_id"}} {
		dataset.ColumnByName(dataset.TableByName(people, of[0]), of[1]).Pii = true
	}
	for name, limit := range map[string]int64{"all": 0, "the first": 10} {
		d, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: january, To: february, Limit: limit, Declaration: people})
		require.NoError(t, err, name)
		text := strings.Join(d.lines, "\n")
		require.NotContains(t, text, "(u1", name)
		require.NotContains(t, text, `a, "b"`, name)
		require.Contains(t, text, "changed ((hidden), 1) amount 7→8", name)
		require.Contains(t, text, "note ∅→(hidden)", "%s: that there is a value is no value", name)
		require.Contains(t, text, usersCounts, name)
	}
	_, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: january, To: february, Declaration: &datasetv1.Dataset{Name: "shop"}})
	require.Error(t, err, "what is declared is no dataset")
}

func TestDiffOfTwoMonths(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.twoMonths(t)
	orders, users := januaryToFebruary["orders_snapshots"], januaryToFebruary["users_snapshots"]
	for name, tc := range map[string]struct {
		change func(*snapshotv1.DiffRequest)
		lines  []string
	}{
		"all":           {func(*snapshotv1.DiffRequest) {}, append(append(append(append([]string{}, orders...), ordersCounts), users...), usersCounts)},
		"one snapshot":  {func(r *snapshotv1.DiffRequest) { r.Snapshot = "users_snapshots" }, append(append([]string{}, users...), usersCounts)},
		"the counts":    {func(r *snapshotv1.DiffRequest) { r.CountsOnly = true }, []string{ordersCounts, usersCounts}},
		"the first two": {func(r *snapshotv1.DiffRequest) { r.Limit = 2 }, []string{ordersCounts, orders[0], orders[1], usersCounts, users[0], users[1]}},
		"more than there are": {
			func(r *snapshotv1.DiffRequest) { r.Limit = 1000 }, append(append([]string{ordersCounts}, orders...), append([]string{usersCounts}, users...)...),
		},
		"the same month": {func(r *snapshotv1.DiffRequest) { r.To, r.CountsOnly = january, true }, []string{
			"orders_snapshots: 0 added, 0 removed, 0 changed, 3 same", "users_snapshots: 0 added, 0 removed, 0 changed, 3 same",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := &snapshotv1.DiffRequest{Dataset: "shop", From: january, To: february}
			tc.change(req)

			d, err := s.diff(req)

			require.NoError(t, err)
			require.Equal(t, tc.lines, d.lines)
		})
	}
	d, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: january, To: february, Snapshot: "orders_snapshots"})
	require.NoError(t, err)
	requireProto(t, &snapshotv1.DiffResult{Snapshots: 1, Added: 1, Removed: 1, Changed: 1}, d.result)
	require.Equal(t, []string{"user_id", "number"}, d.heads[0].GetKey())
	require.Equal(t, []string{"amount"}, d.heads[0].GetColumns())
	require.Equal(t, january, d.heads[0].GetFrom().GetAsOf())
	require.EqualValues(t, 1, d.heads[0].GetTo().GetRevision())
}

// The other way round, what was added is removed, and the values change places.
func TestDiffTheOtherWayRound(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.twoMonths(t)

	d, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: february, To: january, Snapshot: "orders_snapshots"})

	require.NoError(t, err)
	require.Equal(t, []string{"changed (u1, 1) amount 8→7", "added (u2, 1) amount ∅→∅", "removed (u2, 10) amount ∅→∅", ordersCounts}, d.lines)
}

func TestDiffOfRevisions(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, correctedShop()).history()
	third := correctedShop()
	third["users"] = strings.Replace(third["users"], "1.51", "1.52", 1)
	s.correct(t, shop("shop"), january, third).history()
	for want, req := range map[string]*snapshotv1.DiffRequest{
		"changed (u1) fee 1.5→1.51":  {FromRevision: 1, ToRevision: 2},
		"changed (u1) fee 1.5→1.52":  {FromRevision: 1},
		"changed (u1) fee 1.52→1.51": {ToRevision: 2},
		"changed (u1) fee 1.51→1.5":  {FromRevision: 2, ToRevision: 1},
	} {
		req.Dataset, req.From, req.To = "shop", january, january

		d, err := s.diff(req)

		require.NoError(t, err)
		require.Contains(t, d.lines, want)
	}
	d, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: january, To: january, FromRevision: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"orders_snapshots is not there as of 2024-01-31 in revision 2"}, d.result.GetNotCompared(), "the orders have one revision")
}

// What one of the two was stamped without is told and not compared; a column that was
// renamed is one column.
func TestDiffOfADatasetThatGrew(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	d := shop("shop")
	d.Tables[0].Columns = append(d.Tables[0].Columns, columns("extra", "text")...)
	d.Tables[0].Columns[3].Name, d.Tables[0].Columns[3].RenamedFrom = "price", "fee"
	d.Tables[1].Columns[0].Type = "bigint"
	rows := shopRows()
	rows["users"] = "values ('u1', date '2023-01-02', true, 1.6, 'NaN', 9007199254740993, '', 'x')"
	b := s.deliver(t, d, february, rows)
	for _, rewrite := range []bool{false, true} {
		_, err := b.expand(rewrite, false)
		require.NoError(t, err)
	}
	b.history()

	got, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: january, To: february, Limit: 1})

	require.NoError(t, err)
	require.Equal(t, []string{
		"orders_snapshots: 0 added, 0 removed, 0 changed, 3 same",
		"users_snapshots: 0 added, 2 removed, 1 changed, 0 same, price 1", "changed (u1) price 1.5→1.6",
	}, got.lines)
	require.Equal(t, []string{"extra"}, got.heads[1].GetOnlyTo())
	require.Empty(t, got.heads[1].GetOnlyFrom())
}

func TestDiffOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, correctedShop()).history()
	for says, req := range map[string]*snapshotv1.DiffRequest{
		"nothing is stamped of dataset shop as of 2024-02-29":         {From: january, To: february},
		"nothing is stamped of snapshot nobody of dataset shop as of": {From: january, To: january, Snapshot: "nobody"},
		"in revision 3; its revisions are users_snapshots 1, users_snapshots 2": {
			From: january, To: january, FromRevision: 3, Snapshot: "users_snapshots",
		},
		"nothing is stamped of dataset nowhere": {From: january, To: january, Dataset: "nowhere"},
	} {
		if req.GetDataset() == "" {
			req.Dataset = "shop"
		}
		_, err := s.diff(req)
		require.Contains(t, requireReason(t, err, problem.SnapshotNotFound).Message, says)
	}
	_, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: "2024-02-30", To: january})
	requireReason(t, err, problem.InvalidRequest)
	_, err = s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: january, To: january, Limit: -1})
	requireReason(t, err, problem.InvalidRequest)
}

// Rows that are gone are no rows that were removed.
func TestDiffOfRowsThatAreGone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sql, says string }{
		"the partition":   {"drop table " + januaryUsers, "expected its rows in " + januaryUsers + ", found no such table"},
		"a column":        {"alter table users_snapshots rename column fee to fees", "expected the columns fee in"},
		"the primary key": {"alter table users_snapshots drop constraint users_snapshots_pkey", "expected a primary key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.twoMonths(t)
			s.db.Exec(t, tc.sql)

			_, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: february, To: january})

			p := requireReason(t, err, problem.RevisionChanged)
			require.Contains(t, p.Message, "users_snapshots as of 2024-0")
			require.Contains(t, p.Message, tc.says)
		})
	}
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "drop table "+januaryUsers)
	s.correct(t, shop("shop"), january, correctedShop()).history()
	_, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", From: january, FromRevision: 1, To: january, Snapshot: "users_snapshots"})
	require.Contains(t, requireReason(t, err, problem.RevisionChanged).Message, "lost before it was superseded")
}

// Many rows come in messages that hold some of them each, also where one row is as large
// as a message may be.
func TestDiffOfManyRows(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	rows := shopRows()
	s.deliver(t, d, january, rows).history()
	rows["users"] = `select 'n' || lpad(n::text, 5, '0'), null::date, null::boolean, n::numeric, null::float8, n::bigint,
		case when n % 1000 = 0 then repeat('ü', 200000) end from generate_series(1, 3000) n`
	s.deliver(t, d, february, rows).history()

	got, err := s.diff(&snapshotv1.DiffRequest{Dataset: "shop", Snapshot: "users_snapshots", From: january, To: february})

	require.NoError(t, err)
	require.Len(t, got.lines, 3000+3+1)
	require.True(t, strings.HasPrefix(got.lines[0], "added (n00001) "))
	require.Contains(t, got.lines[999], "fee ∅→1000 ")
	require.Equal(t, "users_snapshots: 3000 added, 3 removed, 0 changed, 0 same", got.lines[3003])
	require.LessOrEqual(t, got.largest, 500)
	require.Greater(t, got.messages, 8)
}
