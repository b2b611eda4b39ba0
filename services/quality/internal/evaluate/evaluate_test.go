package evaluate_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

func TestUnexpectedRowsAreTheFirstInTheOrderOfTheFilesAndTheCountIsExact(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	table := deliver.Table("t", "id text", "part integer", "c integer")
	table.Key = []string{"id", "part"}
	deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 0})
	rel := deliver.Create(t, db.Database, table)
	// 60 rows of two files, stored backwards, every second one negative.
	db.Exec(t, "insert into "+rel.SQL()+` select 'k' || n, n, case when n % 2 = 0 then -n else n end, n / 30, n % 30 + 2
		from generate_series(59, 0, -1) as n`)

	outcomes, err := db.run(t, []*datasetv1.Table{table}, deliver.Delivered(table, rel, 60))

	require.NoError(t, err)
	o := outcomes[0][0]
	require.Equal(t, int64(29), o.Unexpected) // 0 is not negative
	require.Len(t, o.Rows, compile.RowLimit)
	value := "-2"
	require.Equal(t, evaluate.Row{File: 0, Line: 4, Key: []string{"k2", "2"}, Value: &value}, o.Rows[0])
	require.Equal(t, 0, o.Rows[13].File)
	require.Equal(t, 1, o.Rows[14].File)
	require.Equal(t, int64(2), o.Rows[14].Line)
}

func TestALongValueIsCut(t *testing.T) {
	t.Parallel()
	long := ""
	for range 100 {
		long += "日本語"
	}

	o := newDatabase(t).one(t, expectation.ColumnValuesToBeInSet, "text", map[string]any{"column": "c", "value_set": []any{"a"}}, long)

	require.Len(t, []rune(*o.Rows[0].Value), compile.ValueLimit+1)
	require.Equal(t, long[:compile.ValueLimit*len("日")]+"…", *o.Rows[0].Value, "and says so")
}

func TestAValueOfAsManyCharactersAsAreShownIsWhole(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	whole := strings.Repeat("é", compile.ValueLimit)
	table := deliver.Expect(t, deliver.Table("t", "id text", "c text"), expectation.ColumnValuesToBeInSet,
		map[string]any{"column": "c", "value_set": []any{"a"}})

	outcomes, err := db.run(t, []*datasetv1.Table{table}, deliver.Stage(t, db.Database, table, []string{whole + "k", whole}))

	require.NoError(t, err)
	row := outcomes[0][0].Rows[0]
	require.Equal(t, whole, *row.Value)
	require.Equal(t, []string{whole + "…"}, row.Key, "a key is cut as a value is")
}

func TestAKeyThatIsNullIsEmpty(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	table := deliver.Expect(t, deliver.Table("t", "id text"), expectation.ColumnValuesToNotBeNull, map[string]any{"column": "id"})

	outcomes, err := db.run(t, []*datasetv1.Table{table}, deliver.Stage(t, db.Database, table, []string{null}))

	require.NoError(t, err)
	require.Equal(t, []evaluate.Row{{Line: 2, Key: []string{""}}}, outcomes[0][0].Rows)
}

func TestOddNamesOfTablesAndColumns(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	name := `Ünïcode "quoted"; drop table x; --`
	table := &datasetv1.Table{
		Name: `Od"d`, Key: []string{"select"},
		Columns: []*datasetv1.Column{{Name: "select", Type: "text"}, {Name: name, Type: "integer"}},
	}
	for _, kind := range []string{expectation.ColumnValuesToNotBeNull, expectation.ColumnValuesToBeUnique} {
		deliver.Expect(t, table, kind, map[string]any{"column": name})
	}
	deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": name, "min_value": 2})
	other := deliver.Table("other", "o integer")
	deliver.Expect(t, table, expectation.ColumnValuesToBeInOtherTable,
		map[string]any{"column": name, "other_table": "other", "other_column": "o"})

	outcomes, err := db.run(t, []*datasetv1.Table{table, other},
		deliver.Stage(t, db.Database, table, []string{"a", "1"}, []string{"b", "1"}, []string{"c", null}), deliver.Stage(t, db.Database, other))

	require.NoError(t, err)
	for i, unexpected := range []int64{1, 2, 2, 2} {
		require.Equal(t, unexpected, outcomes[0][i].Unexpected, i)
		require.Len(t, outcomes[0][i].Rows, int(unexpected))
	}
}

func TestManyTablesAtOnceEachAnswerForThemselves(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	var tables []*datasetv1.Table
	var delivered []*stepv1.DeliveredTable
	for i := range 7 {
		table := deliver.Table(fmt.Sprintf("t%d", i), "id text")
		deliver.Expect(t, table, expectation.TableRowCountToBeBetween, map[string]any{"min_value": 3})
		tables = append(tables, table)
		rows := make([][]string, i)
		for j := range rows {
			rows[j] = []string{"a"}
		}
		delivered = append(delivered, deliver.Stage(t, db.Database, table, rows...))
	}
	plans, err := compile.Compile(&datasetv1.Dataset{Name: "d", Tables: tables}, delivered)
	require.NoError(t, err)
	var mu sync.Mutex
	done := map[string]int64{}

	outcomes, err := db.evaluator.Run(context.Background(), plans, func(p *stepv1.Progress) {
		mu.Lock()
		defer mu.Unlock()
		done[p.GetTable()] = max(done[p.GetTable()], p.GetRowsDone())
	})

	require.NoError(t, err)
	for i := range tables {
		require.Equal(t, int64(i), outcomes[i][0].Elements)
		require.Equal(t, i >= 3, outcomes[i][0].Holds)
		require.Equal(t, int64(i), done[fmt.Sprintf("t%d", i)])
	}
}

func TestStagingThatIsNotWhatWasStagedIsNoVerdict(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		lose  string
		found string
	}{
		"emptied by a crash": {"truncate ", "found 0"},
		"dropped":            {"drop table ", "found no such relation"},
	}
	db := newDatabase(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// No expectation looks at rows: the staging is checked all the same.
			table := deliver.Table(db.name(), "id text")
			staged := deliver.Stage(t, db.Database, table, []string{"a"})
			db.Exec(t, c.lose+relation.Of(staged.GetCandidate().GetRelation()).SQL())

			_, err := db.run(t, []*datasetv1.Table{table}, staged)

			require.True(t, problem.Is(err, problem.StagingLost), "%v", err)
			require.ErrorContains(t, err, fmt.Sprintf("table %[1]s: expected 1 staged rows in sf_staging.bat_test_f1_%[1]s, %[2]s", table.GetName(), c.found))
		})
	}
}

func TestAStatementOverItsTimeLimitIsEndedAndSaysSo(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	table := deliver.Expect(t, deliver.Table("t", "id text"), expectation.ColumnValuesToBeUnique, map[string]any{"column": "id"})
	rel := deliver.Create(t, db.Database, table)
	db.Exec(t, "insert into "+rel.SQL()+" select n::text, 0, n from generate_series(1, 200000) as n")
	plans, err := compile.Compile(&datasetv1.Dataset{Tables: []*datasetv1.Table{table}}, []*stepv1.DeliveredTable{deliver.Delivered(table, rel, 200000)})
	require.NoError(t, err)
	evaluator := evaluate.New(db.Pool(t, "sf_quality"), evaluate.Limits{StatementTimeout: time.Millisecond, TablesAtOnce: 1}, nil)

	_, err = evaluator.Run(context.Background(), plans, ignore)

	require.True(t, problem.Is(err, problem.Internal), "%v", err)
	require.ErrorContains(t, err, "table t: a statement took longer than the limit of 1ms")
}

func TestACallerWhoGoesStopsTheWork(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	table := deliver.Expect(t, deliver.Table("t", "id text"), expectation.ColumnValuesToBeUnique, map[string]any{"column": "id"})
	staged := deliver.Stage(t, db.Database, table, []string{"a"})
	plans, err := compile.Compile(&datasetv1.Dataset{Tables: []*datasetv1.Table{table}}, []*stepv1.DeliveredTable{staged})
	require.NoError(t, err)
	lock, err := db.Owner.Begin(context.Background()) // holds the statement up until the caller goes
	require.NoError(t, err)
	defer func() { _ = lock.Rollback(context.Background()) }()
	_, err = lock.Exec(context.Background(), "lock table "+relation.Of(staged.GetCandidate().GetRelation()).SQL()+" in access exclusive mode")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()

	_, err = db.evaluator.Run(ctx, plans, ignore)

	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Eventually(t, func() bool {
		return len(db.Rows(t, "select 1 from pg_stat_activity where usename = 'sf_quality' and state = 'active'")) == 0
	}, 5*time.Second, 20*time.Millisecond)
}
