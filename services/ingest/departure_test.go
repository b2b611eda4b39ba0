package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// crowd is a dataset of one table under the default limit, a fifth.
const crowd = `
name: people
calendar: {period: month_end}
tables:
  - name: people
    key: [id]
    columns: [{name: id, type: integer}, {name: name, type: text}]
`

// everyone writes the people of these numbers.
func everyone(ids ...int) files {
	var b strings.Builder
	b.WriteString("id,name\n")
	for _, id := range ids {
		fmt.Fprintf(&b, "%d,p%d\n", id, id)
	}
	return files{"people.csv": b.String()}
}

// upTo is the numbers from 1 to n without some.
func upTo(n int, without ...int) []int {
	var ids []int
	for id := 1; id <= n; id++ {
		if !slices.Contains(without, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// findingOf returns the batch's one finding of a reason and table.
func findingOf(t *testing.T, b *ingestv1.Batch, reason problem.Reason, table string) *stepv1.Finding {
	t.Helper()
	for _, f := range b.GetFindings() {
		if f.GetReason() == string(reason) && f.GetTable() == table {
			return f
		}
	}
	require.Fail(t, "no finding "+string(reason)+" of "+table, "%v", b.GetFindings())
	return nil
}

func keysOf(f *stepv1.Finding) []string {
	var out []string
	for _, r := range f.GetRows() {
		out = append(out, strings.Join(r.GetKey(), "|"))
	}
	return out
}

func (h *house) ledger() []string {
	h.t.Helper()
	return h.db.Rows(h.t, "select table_name, array_to_string(key, ','), since from sf_ingest.departed order by 1, key collate \"C\"")
}

func TestAFileThatIsCutShortIsRefusedAtStage(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(100)...))
	before := h.db.Rows(t, "select * from people order by id")

	b := h.stage(february, everyone(upTo(50)...))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	require.Len(t, b.GetFindings(), 1)
	f := findingOf(t, b, problem.DeparturesOverLimit, "people")
	require.Equal(t, datasetv1.Severity_SEVERITY_CRITICAL, f.GetSeverity())
	require.Equal(t, "people.csv: expected at most 20 % of the 100 rows of 2024-01-31 to be gone, found 50 keys that are not in it, 50 %", f.GetMessage())
	require.EqualValues(t, 50, f.GetCount())
	require.Len(t, f.GetRows(), 20)
	require.Equal(t, []string{"51", "52", "53"}, keysOf(f)[:3])
	require.Contains(t, f.GetAction(), "departed_limit: 1")
	require.Contains(t, f.GetAction(), "accept it for one run, --accept DEPARTURES_OVER_LIMIT:people")
	_, err := h.publish(b.GetId())
	requireReason(t, problem.BatchRejected, err)
	require.Equal(t, before, h.db.Rows(t, "select * from people order by id"))
	require.Equal(t, []string{january}, h.db.Rows(t, "select as_of from sf_ingest.watermark"))
	require.Empty(t, h.ledger())
}

func TestALimitIsReachedBeforeItIsExceeded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		limit string
		rows  int
		gone  int
		found string
	}{
		{"0.29", 100, 29, ""}, // 0.29 * 100 is less than 29 as a product of doubles
		{"0.29", 100, 30, "found 30 keys that are not in it, 30 %"},
		{"0.2", 10, 2, ""},
		{"0.2", 9, 2, "found 2 keys that are not in it, 22.2 %"},
		{"0.29999", 10, 3, "expected at most 29.999 % of the 10 rows of 2024-01-31 to be gone, found 3 keys that are not in it, 30 %"},
		{"0.3333", 9, 3, "found 3 keys that are not in it, 33.333 %"},
		{"0", 10, 1, "expected at most 0 % of the 10 rows of 2024-01-31 to be gone, found 1 key that is not in it, 10 %"},
	} {
		h := open(t, strings.Replace(crowd, "key:", "departed_limit: "+tc.limit+"\n    key:", 1))
		h.published(january, everyone(upTo(tc.rows)...))

		b := h.stage(february, everyone(upTo(tc.rows)[tc.gone:]...))

		if tc.found == "" {
			require.Empty(t, b.GetFindings(), "%+v", tc)
			continue
		}
		require.Contains(t, findingOf(t, b, problem.DeparturesOverLimit, "people").GetMessage(), tc.found, "%+v", tc)
	}
}

// What departed once is not counted again, month after month, and the limit is a share
// of what was delivered last.
func TestDeparturesAreThoseThatAreNew(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(10)...))

	b := h.published(february, everyone(upTo(10, 9, 10)...))
	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 8, Unchanged: 8, Departed: 2})
	require.Equal(t, []string{"people|10|2024-02-29", "people|9|2024-02-29"}, h.ledger())

	b = h.published(march, everyone(upTo(10, 8, 10)...))
	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 8, Unchanged: 8, Departed: 1, Returned: 1})
	require.Equal(t, []string{"people|10|2024-02-29", "people|8|2024-03-31"}, h.ledger())

	b = h.published("2024-04-30", everyone(upTo(10, 8, 10)...).with("people.csv", everyone(upTo(11, 8, 10)...)["people.csv"]))
	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 9, Unchanged: 8, Inserted: 1})
	require.Equal(t, []string{"people|10|2024-02-29", "people|8|2024-03-31"}, h.ledger())

	b = h.stage("2024-05-31", everyone(upTo(11, 6, 7, 8, 10)...))
	require.Contains(t, findingOf(t, b, problem.DeparturesOverLimit, "people").GetMessage(), "20 % of the 9 rows of 2024-04-30")
	require.Equal(t, []string{"6", "7"}, keysOf(b.GetFindings()[0]))
}

// A correction of the month that live holds is compared with what live holds.
func TestACorrectionThatIsCutShortIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(10)...))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, h.stage(january, everyone(upTo(7)...)).GetState())
	b := h.published(january, everyone(upTo(9)...))
	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 9, Unchanged: 9, Departed: 1})
	b = h.published(january, everyone(upTo(10)...))
	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 10, Unchanged: 10, Returned: 1})
	require.Empty(t, h.ledger())
}

func TestARejectedKeyHasNotDeparted(t *testing.T) {
	t.Parallel()
	const yaml = `
name: sales
calendar: {period: month_end}
tables:
  - name: sales
    key: [day, amount, shop]
    departed_limit: 0
    columns: [{name: day, type: date}, {name: amount, type: numeric}, {name: shop, type: text}, {name: n, type: integer}]
`
	const header = "day,amount,shop,n\n"
	for name, tc := range map[string]struct {
		rows string
		gone int64
	}{
		"none":                        {"2024-01-01,1.50,a\\b,1\n2024-01-02,2,\"c,d\",2\n2024-01-03,3,é,3\n", 0},
		"written otherwise":           {"2024-01-01,1.5,a\\b,x\n2024-01-02,2.000,\"c,d\",x\n2024-01-03,+3.0,é,x\n", 0},
		"one gone beside":             {"2024-01-01,1.5,a\\b,x\n2024-01-02,2.000,\"c,d\",x\n", 1},
		"another's key does not help": {"2024-01-01,1.5,a\\b,1\n2024-01-02,2,\"c,d\",2\n2024-01-09,3,é,x\n", 1},
		"the key itself is no value":  {"2024-01-01,1.5,a\\b,1\n2024-01-02,2,\"c,d\",2\n2024-01-99,3,é,3\n", 0},
		"an empty key":                {"2024-01-01,1.5,a\\b,1\n2024-01-02,2,\"c,d\",2\n,3,é,3\n", 0},
		"too few fields":              {"2024-01-01,1.5,a\\b,1\n2024-01-02,2,\"c,d\",2\n2024-01-03,3\n", 0},
		"more than are gone":          {"2024-01-01,1.5,a\\b,1\n2024-01-02\n2024-01-03\n2024-01-04\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, yaml)
			h.published(january, files{"sales.csv": header + "2024-01-01,1.50,a\\b,1\n2024-01-02,2,\"c,d\",2\n2024-01-03,3,é,3\n"})

			b := h.stage(february, files{"sales.csv": header + tc.rows})

			var gone int64
			for _, f := range b.GetFindings() {
				if f.GetReason() == string(problem.DeparturesOverLimit) {
					gone = f.GetCount()
				}
			}
			require.Equal(t, tc.gone, gone, "%v", b.GetFindings())
		})
	}
}

// The ledger holds texts; keys are compared as values of their types.
func TestKeysOfTheLedgerAreEqualAsPostgreSQLHasIt(t *testing.T) {
	t.Parallel()
	h := open(t, `
name: odd
calendar: {period: month_end}
tables:
  - name: odd
    key: [at, sf, "a b", flag]
    departed_limit: 0.5
    columns: [{name: at, type: date}, {name: sf, type: numeric}, {name: a b, type: text}, {name: flag, type: boolean}, {name: key, type: text}]
`)
	const header = "at,sf,a b,flag,key\n"
	kept := "2024-01-01,1,x,t,\n2024-01-01,2,x,t,\n"
	h.published(january, files{"odd.csv": header + kept + "1999-12-31,1.50,\"q\"\"{,}\\\",f,\n"})
	h.published(february, files{"odd.csv": header + kept})
	require.Equal(t, []string{`odd|1999-12-31,1.50,q"{,}\,false|2024-02-29`}, h.ledger())

	b := h.published(march, files{"odd.csv": header + kept + "1999-12-31,1.5,\"q\"\"{,}\\\",f,\n"})

	requireCounts(t, b, "odd", &stepv1.TableCounts{Rows: 3, Unchanged: 3, Returned: 1})
	require.Empty(t, h.ledger())
}

func TestATableOfOnePeriodsOwnRowsIsNotGuarded(t *testing.T) {
	t.Parallel()
	unlimited := strings.Replace(crowd, "key:", "departed_limit: 1\n    key:", 1)
	h := open(t, unlimited)
	const said = "people.csv is not guarded against being cut short: people declares departed_limit: 1"

	first := h.published(january, everyone(1, 2, 3))
	require.Equal(t, said, findingOf(t, first, problem.DeparturesUnguarded, "people").GetMessage())
	second := h.published(february, everyone(4, 5))
	require.Empty(t, second.GetFindings())
	requireCounts(t, second, "people", &stepv1.TableCounts{Rows: 2, Inserted: 2, Departed: 3})
	third := h.published(march, everyone(6))
	requireCounts(t, third, "people", &stepv1.TableCounts{Rows: 1, Inserted: 1, Departed: 2})
	require.Empty(t, h.ledger(), "nobody asks who they were")

	// Guarded from now on: of the five that are gone nobody knows which, but how many.
	h.dataset = parse(t, strings.Replace(crowd, "key:", "departed_limit: 0.5\n    key:", 1))
	h.version = dataset.Hash(h.dataset)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, h.stage("2024-04-30", everyone(7, 8)).GetState())
	fourth := h.published("2024-04-30", everyone(6, 7, 8))
	requireCounts(t, fourth, "people", &stepv1.TableCounts{Rows: 3, Unchanged: 1, Inserted: 2})
	require.Equal(t, []string{"people|1|<null>", "people|2|<null>", "people|3|<null>", "people|4|<null>", "people|5|<null>"}, h.ledger())

	// And not any more.
	h.dataset = parse(t, unlimited)
	h.version = dataset.Hash(h.dataset)
	fifth := h.published("2024-05-31", everyone(9))
	require.Equal(t, said, findingOf(t, fifth, problem.DeparturesUnguarded, "people").GetMessage())
	require.Empty(t, h.ledger())
}

// A delivery that live has overtaken is compared with the state before it.
func TestABackfillIsComparedWithTheSnapshotBeforeIt(t *testing.T) {
	t.Parallel()
	const told = "live holds 2024-03-31, and no earlier snapshot than 2024-02-29 stands of people: whether keys are missing from the files was not looked at"
	const lost10 = "the snapshot public.people_snapshots of 2024-01-31 has lost 10 rows that it was left with: other hands took them out, " +
		"and nobody knows which keys they had, so that new keys of people.csv are taken for theirs"
	for name, tc := range map[string]struct {
		earlier func(h *house) []*ingestv1.EarlierState
		file    files
		state   ingestv1.BatchState
		message string
	}{
		"whole": {january10, everyone(upTo(10, 3)...), ingestv1.BatchState_BATCH_STATE_STAGED, ""},
		"cut short": {january10, everyone(upTo(5)...), ingestv1.BatchState_BATCH_STATE_REJECTED,
			"people.csv: expected at most 20 % of the 10 rows of the snapshot of 2024-01-31 to be gone, found 5 keys that are not in it, 50 %"},
		"cut short, and the rows of before are gone": {func(h *house) []*ingestv1.EarlierState {
			earlier := january10(h)
			h.db.Exec(h.t, "delete from people_snapshots where as_of = '2024-01-31'")
			return earlier
		}, everyone(upTo(5)...), ingestv1.BatchState_BATCH_STATE_REJECTED, lost10},
		"whole, and the rows of before are gone": {func(h *house) []*ingestv1.EarlierState {
			earlier := january10(h)
			h.db.Exec(h.t, "delete from people_snapshots where as_of = '2024-01-31'")
			return earlier
		}, everyone(upTo(10)...), ingestv1.BatchState_BATCH_STATE_STAGED, lost10},
		"no earlier snapshot": {func(*house) []*ingestv1.EarlierState { return nil }, everyone(1), ingestv1.BatchState_BATCH_STATE_STAGED, told},
		"one that ingest may not read": {func(h *house) []*ingestv1.EarlierState {
			earlier := january10(h)
			h.db.Exec(h.t, "revoke all on people_snapshots from sf_reader")
			return earlier
		}, everyone(1), ingestv1.BatchState_BATCH_STATE_STAGED, told},
		"one that somebody dropped": {func(h *house) []*ingestv1.EarlierState {
			earlier := january10(h)
			h.db.Exec(h.t, "drop table people_snapshots")
			return earlier
		}, everyone(1), ingestv1.BatchState_BATCH_STATE_STAGED, told},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, crowd)
			h.published(march, everyone(upTo(100)...))
			req := h.request(february, h.deliver("old", tc.file))
			req.Earlier = tc.earlier(h)

			b, err := h.stageRequest(req)

			require.NoError(t, err)
			require.Equal(t, tc.state, b.GetState(), "%v", b.GetFindings())
			if tc.message == "" {
				require.Empty(t, b.GetFindings())
				return
			}
			require.Equal(t, tc.message, b.GetFindings()[0].GetMessage())
			if tc.message == lost10 && tc.state == ingestv1.BatchState_BATCH_STATE_REJECTED {
				require.EqualValues(t, 5, findingOf(t, b, problem.DeparturesOverLimit, "people").GetCount())
				return
			}
			require.Len(t, b.GetFindings(), 1)
		})
	}
}

// january10 makes a snapshot of January, of ten people, beside one of March.
func january10(h *house) []*ingestv1.EarlierState {
	h.t.Helper()
	h.db.Exec(h.t, `create table people_snapshots (id integer, as_of date, name text, primary key (id, as_of));
		insert into people_snapshots select i, date '2024-01-31' from generate_series(1, 10) i;
		insert into people_snapshots select i, date '2024-03-31' from generate_series(1, 100) i;
		grant select on people_snapshots to sf_reader`)
	return []*ingestv1.EarlierState{{
		Table: "people", AsOf: january, Rows: 10, Relation: &stepv1.Relation{Schema: "public", Name: "people_snapshots"},
	}}
}

// An earlier snapshot says nothing of a delivery that live has not overtaken.
func TestTheNewestMonthIsComparedWithLive(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(february, everyone(upTo(20)...))
	req := h.request(march, h.deliver("new", everyone(upTo(10)...)))
	req.Earlier = january10(h)

	b, err := h.stageRequest(req)

	require.NoError(t, err)
	require.Contains(t, findingOf(t, b, problem.DeparturesOverLimit, "people").GetMessage(), "20 % of the 20 rows of 2024-02-29")
}

// Rows that come to live between Stage and Publish are looked at under the lock.
func TestLiveThatChangedAfterStageIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	for name, deletes := range map[string]bool{"ignore": false, "delete": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			yaml := crowd
			if deletes {
				yaml = strings.Replace(crowd, "key:", "departed_keys: delete\n    key:", 1)
			}
			h := open(t, yaml)
			h.published(january, everyone(upTo(10)...))
			b := h.stage(february, everyone(upTo(10)...).with("people.csv", everyone(upTo(11)...)["people.csv"]))
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
			h.db.Exec(t, "insert into people values (100, 'x'), (101, 'y'), (102, 'z')")
			before := h.db.Rows(t, "select * from people order by id")

			_, planErr := h.plan(b.GetId())
			_, err := h.publish(b.GetId())

			requireReason(t, problem.DeparturesOverLimit, err)
			requireReason(t, problem.DeparturesOverLimit, planErr)
			require.Equal(t, problem.FromError(err).Message, problem.FromError(planErr).Message)
			require.Equal(t, []problem.Violation{{
				Subject:     "people",
				Description: "expected at most 20 % of the 10 rows of 2024-01-31 to be gone, found 3 keys that are not in it, 30 %",
			}}, problem.FromError(err).Violations)
			require.Equal(t, before, h.db.Rows(t, "select * from people order by id"))
			require.Equal(t, []string{"2024-01-31|10|0"}, h.db.Rows(t, "select as_of, rows, absent from sf_ingest.published_table"))
			require.Empty(t, h.ledger())
		})
	}
}

// Rows that somebody took out of live leave the ledger, which is bounded by live.
func TestTheLedgerHoldsNoKeyThatLiveHasNot(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(10)...))
	h.published(february, everyone(upTo(10, 1, 2)...))
	h.db.Exec(t, "delete from people where id = 1")

	h.published(march, everyone(upTo(11, 1, 2)...))
	require.Equal(t, []string{"people|2|2024-02-29"}, h.ledger())

	h.db.Exec(t, "drop table people")
	b := h.published("2024-04-30", everyone(upTo(11, 1, 2)...).with("people.csv", everyone(upTo(12, 1, 2)...)["people.csv"]))
	require.Empty(t, h.ledger())
	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 10, Inserted: 10})
}

// A table that is declared to delete, and was not before, deletes those that departed
// earlier, too: they were seen when they did.
func TestWhatDepartedEarlierIsDeletedOnceThatIsDeclared(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(10)...))
	h.published(february, everyone(upTo(10, 1, 2)...))
	h.published(march, everyone(upTo(10, 1, 2, 3)...))
	h.dataset = parse(t, strings.Replace(crowd, "key:", "departed_keys: delete\n    key:", 1))
	h.version = dataset.Hash(h.dataset)

	b := h.published("2024-04-30", everyone(upTo(10, 1, 2, 3, 4)...))

	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 6, Unchanged: 6, Departed: 1, Deleted: 4})
	require.Equal(t, []string{"6"}, h.db.Rows(t, "select count(*) from people"))
	require.Empty(t, h.ledger())
}

// Which rows of a table of the users' own departed long ago, nobody knows.
func TestTheFirstPublishIntoATableOfTheUsersOwn(t *testing.T) {
	t.Parallel()
	const own = "create table people (id integer primary key, name text); grant all on people to sf_ingest; insert into people select i, 'p' || i from generate_series(1, 10) i"
	h := open(t, adopting(crowd))
	h.db.Exec(t, own)

	b := h.published(january, everyone(1, 2, 3))

	f := findingOf(t, b, problem.DeparturesUnguarded, "people")
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
	require.Equal(t, "people.csv: expected at most 20 % of the 10 rows that live held before its first publish to be gone, found 7 keys that are not in it, 70 %", f.GetMessage())
	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 3, Unchanged: 3, Departed: 7})
	require.Contains(t, h.ledger(), "people|4|<null>")
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, h.stage(february, everyone(1, 2)).GetState(), "from now on it is known")

	deleting := open(t, adopting(strings.Replace(crowd, "key:", "departed_keys: delete\n    key:", 1)))
	deleting.db.Exec(t, own)
	refused := deleting.stage(january, everyone(1, 2, 3))
	require.Equal(t, datasetv1.Severity_SEVERITY_CRITICAL, findingOf(t, refused, problem.DeparturesOverLimit, "people").GetSeverity(),
		"rows would be lost")
}

// A unique index lets NULL stand in a key; such a row is nobody's, and departs never.
func TestARowWithoutAKeyDoesNotDepart(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"ignore", "delete"} {
		h := open(t, adopting(strings.Replace(crowd, "key:", "departed_keys: "+policy+"\n    departed_limit: 0\n    key:", 1)))
		h.db.Exec(t, "create table people (id integer unique, name text); grant all on people to sf_ingest; insert into people values (null, 'x'), (null, 'y')")

		b := h.published(january, everyone(1, 2))

		requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 2, Inserted: 2})
		require.Equal(t, []string{"2"}, h.db.Rows(t, "select count(*) from people where id is null"), policy)
		require.Empty(t, h.ledger())
	}
}

// A live table that cannot be compared is publish's to refuse, with every difference.
func TestALiveTableOfAnotherKeyIsNotCompared(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"another type": "create table people (id text primary key, name text); grant all on people to sf_ingest; insert into people values ('7', '')",
		"no column":    "create table people (no integer primary key, name text); grant all on people to sf_ingest; insert into people values (7, '')",
		"a view":       "create view people as select 7 as id, ''::text as name; grant all on people to sf_ingest",
		"no privilege": "create table people (id integer primary key, name text); insert into people values (7, '')",
	} {
		h := open(t, adopting(crowd))
		h.db.Exec(t, sql)

		b := h.stage(january, everyone(1))

		require.Empty(t, b.GetFindings(), name)
		_, err := h.publish(b.GetId())
		requireReason(t, problem.LiveTableDiffers, err)
	}
}
