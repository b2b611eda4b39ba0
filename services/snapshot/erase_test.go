package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// eraser erases keys that stand where ingest would have them.
type eraser struct {
	*suite
	dataset *datasetv1.Dataset
	fence   fence.Fence
	run     string
}

// erase enters keys of a table, each with / between its values.
func (s *suite) erase(t *testing.T, d *datasetv1.Dataset, run, table string, keys ...string) *eraser {
	t.Helper()
	s.db.Exec(t, `create table if not exists sf_platform.erasing (run text, dataset text, table_name text, key text[], place integer, seen boolean not null default false);
		grant select, insert, update (seen) on sf_platform.erasing to sf_snapshot`)
	for i, k := range keys {
		s.db.Exec(t, "insert into sf_platform.erasing values ($1, $2, $3, $4, $5)", run, d.GetName(), table, strings.Split(k, "/"), i+1)
	}
	return &eraser{suite: s, dataset: d, fence: s.db.Fence(t, d.GetName()), run: run}
}

func (e *eraser) do(phase stepv1.ErasePhase) (*stepv1.EraseResult, error) {
	r, err := e.client.Erase(context.Background(), &snapshotv1.EraseRequest{
		Context: &stepv1.StepContext{Run: e.run, Fence: e.fence.Proto(), RequestedBy: "me", Reason: "ticket"},
		Dataset: e.dataset, Phase: phase, Keys: &stepv1.Relation{Schema: "sf_platform", Name: "erasing"},
	})
	return r.GetResult(), err
}

// went finds, counts and erases: what went is what was counted.
func (e *eraser) went(t *testing.T) []string {
	t.Helper()
	_, err := e.do(stepv1.ErasePhase_ERASE_PHASE_FIND)
	require.NoError(t, err)
	counted, err := e.do(stepv1.ErasePhase_ERASE_PHASE_COUNT)
	require.NoError(t, err)
	gone, err := e.do(stepv1.ErasePhase_ERASE_PHASE_ERASE)
	require.NoError(t, err)
	require.Equal(t, placesOf(counted), placesOf(gone))
	return placesOf(gone)
}

func placesOf(r *stepv1.EraseResult) (all []string) {
	for _, p := range r.GetRows() {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s r%d: %d", strings.ToLower(strings.TrimPrefix(p.GetFrom().String(), "ERASED_FROM_")), p.GetSnapshot(), p.GetAsOf(), p.GetRevision(), p.GetRows())))
	}
	return all
}

// A key goes out of every revision of every date, superseded ones as well, and out of what
// restatements list; history verifies by its new hashes, and what they were stands beside.
func TestAKeyIsErasedFromHistory(t *testing.T) {
	t.Parallel()
	s := corrections(t)
	before := s.db.Rows(t, "select snapshot, as_of, revision, rows, content_hash from sf_snapshot.catalog order by 1, 2, 3")

	gone := s.erase(t, shop("shop"), "run_e", "users", "u1", "nobody").went(t)

	require.Equal(t, []string{
		"revision users_snapshots 2024-02-29 r2: 1", "revision users_snapshots 2024-02-29 r1: 1", "revision users_snapshots 2024-01-31 r1: 1",
		"restatement   r0: 2",
	}, gone, "u1 of orders is no key of users, and stays: nothing declares that it refers to one")
	for _, line := range s.verify(t, true) {
		require.Contains(t, line, " INTACT ")
	}
	require.Equal(t, []string{
		"users_snapshots|2024-01-31|1|3|2|me|ticket|run_e", "users_snapshots|2024-02-29|1|3|2|me|ticket|run_e", "users_snapshots|2024-02-29|2|1|0|me|ticket|run_e",
	}, s.db.Rows(t, "select snapshot, as_of, revision, rows_before, rows_after, requested_by, reason, run from sf_snapshot.erasure order by 1, 2, 3"))
	require.Empty(t, s.db.Rows(t, `select from sf_snapshot.erasure join sf_snapshot.catalog using (dataset, snapshot, as_of, revision)
		where rows <> rows_after or content_hash <> hash_after or hash_before = hash_after`))
	require.NotEqual(t, before, s.db.Rows(t, "select snapshot, as_of, revision, rows, content_hash from sf_snapshot.catalog order by 1, 2, 3"))
	require.Empty(t, s.db.Rows(t, "select from sf_snapshot.restatement where snapshots::text like '%u1%'"))
	require.NotEmpty(t, s.db.Rows(t, "select from sf_snapshot.restatement where snapshots::text like '%u2%'"))
	require.Equal(t, []string{"u1|t", "nobody|f"}, s.db.Rows(t, "select key[1], seen from sf_platform.erasing order by place"))
}

// Rows that refer to one that goes are found where history has the reference, and go from
// every revision; a second erase goes on from what the first left.
func TestWhatRefersToAKeyGoesFromHistory(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d, mistakes := dataset.Read("shop.yaml", []byte(`
name: shop
calendar: {period: month_end}
tables:
  - {name: users, key: [id], columns: [{name: id, type: text}]}
  - {name: orders, key: [n], columns: [{name: n, type: integer}, {name: buyer, type: text}, {name: note, type: text}], references: [{columns: [buyer], table: users}]}
snapshots: [{name: users_snapshots, from: users}, {name: orders_snapshots, from: orders}, {name: notes, from: orders, columns: [note]}]
`))
	require.NoError(t, mistakes.Err())
	s.deliver(t, d, january, map[string]string{"users": "values ('a'), ('b')", "orders": "values (1, 'a', 'x'), (2, 'b', 'y')"}).history()
	s.deliver(t, d, february, map[string]string{"users": "values ('a'), ('b')", "orders": "values (1, 'b', 'x'), (2, 'b', 'y'), (3, 'a', 'z')"}).history()

	gone := s.erase(t, d, "run_e", "users", "a").went(t)

	require.Equal(t, []string{
		"revision notes 2024-02-29 r1: 2", "revision orders_snapshots 2024-02-29 r1: 2", "revision users_snapshots 2024-02-29 r1: 1",
		"revision notes 2024-01-31 r1: 1", "revision orders_snapshots 2024-01-31 r1: 1", "revision users_snapshots 2024-01-31 r1: 1",
	}, gone, "an order of a is erased from every date, as it refers to a in one")
	require.Equal(t, []string{"2024-01-31|2|y", "2024-02-29|2|y"}, s.db.Rows(t, "select as_of, n, note from notes order by 1, 2"))
	require.Len(t, s.erase(t, d, "run_f", "users", "b").went(t), 6)
	for _, line := range s.verify(t, true) {
		require.Contains(t, line, " INTACT 0/0")
	}
	require.Len(t, s.db.Rows(t, "select from sf_snapshot.erasure"), 12)
}

// An erase that is sent again answers as it did; under a raised fence it does nothing.
func TestAnEraseOfHistoryIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	e := s.erase(t, shop("shop"), "run_e", "users", "u1")
	gone := e.went(t)

	again, err := e.do(stepv1.ErasePhase_ERASE_PHASE_ERASE)

	require.NoError(t, err)
	require.Equal(t, gone, placesOf(again))
	require.Len(t, s.db.Rows(t, "select from sf_snapshot.erasure"), 1)
	s.db.Fence(t, "shop")
	for _, phase := range []stepv1.ErasePhase{stepv1.ErasePhase_ERASE_PHASE_FIND, stepv1.ErasePhase_ERASE_PHASE_COUNT, stepv1.ErasePhase_ERASE_PHASE_ERASE} {
		_, err = e.do(phase)
		requireReason(t, err, problem.FenceLost)
	}
}

// A revision that was tampered with is erased from, and does not come out of it as if it
// had been stamped so; what cannot be looked into is named.
func TestWhatWasWrongStaysWrong(t *testing.T) {
	t.Parallel()
	s := corrections(t)
	s.db.Exec(t, "update users_snapshots set note = 'forged' where as_of = $1::date", february)
	s.db.Exec(t, "drop table sf_history.users_snapshots__2024_01_31__r2__kept")
	e := s.erase(t, shop("shop"), "run_e", "users", "u1")
	_, err := e.do(stepv1.ErasePhase_ERASE_PHASE_FIND)
	require.NoError(t, err)

	gone, err := e.do(stepv1.ErasePhase_ERASE_PHASE_ERASE)

	require.NoError(t, err)
	require.Contains(t, placesOf(gone), "revision users_snapshots 2024-02-29 r2: 1")
	said := strings.Join(gone.GetPassedOver(), "\n")
	require.Contains(t, said, "revision 2 of users_snapshots as of 2024-02-29: it was not as it had been stamped")
	require.Contains(t, said, "revision 2 of users_snapshots as of 2024-01-31: its table sf_history.users_snapshots__2024_01_31__r2__kept is gone")
	lines := strings.Join(s.verify(t, true), "\n")
	require.Contains(t, lines, "users_snapshots 2024-02-29 r2 TAMPERED 0/1")
	require.Contains(t, lines, "users_snapshots 2024-02-29 r1 INTACT 2/2")
}

// A row of the users' own that refers to history keeps it from being erased, all of it.
func TestWhatKeepsHistoryFromBeingErased(t *testing.T) {
	t.Parallel()
	s := corrections(t)
	s.db.Exec(t, `create table mine (u text, d date, foreign key (u, d) references users_snapshots (user_id, as_of)); insert into mine values ('u1', '2024-02-29')`)
	e := s.erase(t, shop("shop"), "run_e", "users", "u1")

	_, err := e.do(stepv1.ErasePhase_ERASE_PHASE_ERASE)

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.NotContains(t, p.Message, "u1")
	require.Empty(t, s.db.Rows(t, "select from sf_snapshot.erasure"))
	for _, line := range s.verify(t, true) {
		require.Contains(t, line, " INTACT ")
	}
}

// What is kept of an incremental extract loses the key, and what was laid over an erased
// state still stands on it: nothing becomes stale.
func TestAnEraseLeavesNothingStale(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'gold'), (2, 'gold')").history()
	s.over(t, d, february, "values (1, 'silver'), (2, 'gold'), (3, 'gold')", "values (1, 'silver'), (3, 'gold')").history()
	require.Empty(t, s.stale(t))

	gone := s.erase(t, d, "run_e", "members", "1").went(t)

	require.Contains(t, gone, "delta members_snapshots 2024-02-29 r0: 1")
	require.Equal(t, []string{"3|gold"}, s.delivered(t, february))
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select rows from sf_snapshot.delta"))
	require.Empty(t, s.stale(t))
}

// Nobody but an erase that is recorded changes what the catalog says of a revision.
func TestTheCatalogChangesByErasesAlone(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	pool := s.db.Pool(t, "sf_snapshot")
	for _, sql := range []string{
		"update sf_snapshot.catalog set rows = rows - 1, content_hash = 'h1:0:0'", "update sf_snapshot.catalog set content_hash = 'h1:0:0'",
		"update sf_snapshot.catalog set rows = rows - 1", "update sf_snapshot.catalog set batch = 'bat_2'", "delete from sf_snapshot.catalog",
		"delete from sf_snapshot.erasure", "update sf_snapshot.erasure set reason = ''",
	} {
		_, err := pool.Exec(t.Context(), sql)

		require.Error(t, err, sql)
	}
	require.Len(t, s.erase(t, shop("shop"), "run_e", "users", "u1").went(t), 1)
	_, err := pool.Exec(t.Context(), "update sf_snapshot.catalog c set rows = rows_before, content_hash = hash_before from sf_snapshot.erasure e where c.snapshot = e.snapshot")
	require.ErrorContains(t, err, "immutable", "it cannot be taken back either")
}
