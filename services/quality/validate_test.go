package quality_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

func TestValidateSaysEverythingInOneReport(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	staged := deliver.Stage(t, s.db, table,
		[]string{"a", "1", "open"}, []string{"b", "-1.50", "lost"}, []string{"c", deliver.Null, "paid"})

	v, progress, err := s.validate(t, s.request([]*datasetv1.Table{table}, staged))

	require.NoError(t, err)
	require.False(t, v.GetSuccess())
	require.Equal(t, [5]int32{3, 1, 2, 0, 33}, numbers(v))
	require.Equal(t, []bool{true, false, false}, successes(v))
	r := v.GetResults()[1].GetResult()
	require.Equal(t, [3]int64{3, 1, 1}, [3]int64{r.GetElementCount(), r.GetMissingCount(), r.GetUnexpectedCount()})
	require.InDelta(t, 50, r.GetUnexpectedPercent(), 0)
	require.InDelta(t, 100.0/3, r.GetUnexpectedPercentTotal(), 1e-9)
	f := v.GetFindings()[0]
	require.Equal(t, "orders.amount: 1 of 2 values is not at least 0 (expect_column_values_to_be_between)", f.GetMessage())
	require.True(t, proto.Equal(&stepv1.RowLocation{
		File: "orders.csv", Line: 3, Key: []string{"b"}, Column: "amount", Value: "-1.50", Detail: "expected at least 0",
	}, f.GetRows()[0]), "%v", f.GetRows())
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, v.GetFindings()[1].GetSeverity())
	require.Equal(t, "orders", progress[0].GetTable())
	require.Equal(t, int64(3), progress[len(progress)-1].GetRowsDone())
}

func TestAFailedWarningDoesNotFailTheValidation(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)

	v := s.mustValidate(t, s.request([]*datasetv1.Table{table}, deliver.Stage(t, s.db, table, []string{"a", "1", "lost"})))

	require.True(t, v.GetSuccess())
	require.Len(t, v.GetFindings(), 1)
	require.Equal(t, [5]int32{3, 2, 1, 0, 66}, numbers(v))
}

func TestATableWithoutCandidateIsSkippedAndTheOthersAreJudged(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table, broken := orders(t), deliver.Table("broken", "id text")
	deliver.Expect(t, broken, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id"}})
	deliver.Expect(t, broken, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "id"})

	v := s.mustValidate(t, s.request([]*datasetv1.Table{table, broken},
		deliver.Stage(t, s.db, table, []string{"a", "1", "open"}),
		&stepv1.DeliveredTable{Table: "broken", HasHeader: true, Header: []string{"ident"}}))

	require.False(t, v.GetSuccess())
	require.Equal(t, [5]int32{4, 3, 1, 1, 75}, numbers(v))
	require.Equal(t, "broken: the header of broken.csv has no id and the unexpected ident, expected exactly the columns id "+
		"(expect_table_columns_to_match_set)", v.GetFindings()[0].GetMessage())
	require.Contains(t, v.GetResults()[4].GetSkipped(), "no candidate")
}

func TestAFileThatCouldNotBeReadIsSkippedAndSaidByIngestAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	missing := deliver.Table("missing", "id text")
	deliver.Expect(t, missing, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id"}})
	table := orders(t)

	v := s.mustValidate(t, s.request([]*datasetv1.Table{table, missing},
		deliver.Stage(t, s.db, table, []string{"a", "1", "open"}), &stepv1.DeliveredTable{Table: "missing"}))

	require.Empty(t, v.GetFindings())
	require.Equal(t, [5]int32{3, 3, 0, 1, 100}, numbers(v))
	require.Equal(t, "the file could not be read", v.GetResults()[3].GetSkipped())
	require.False(t, v.GetResults()[3].GetSuccess())
}

func TestAHeaderOfOddCharactersIsKeptAsItCame(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := deliver.Table("t", "id text")
	deliver.Expect(t, table, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id"}})
	odd := []string{"id", "\x00", `"\u0000"`, "日本\t\n", "\ufeff"}

	v := s.mustValidate(t, s.request([]*datasetv1.Table{table}, &stepv1.DeliveredTable{Table: "t", HasHeader: true, Header: odd}))

	var observed []string
	for _, name := range v.GetResults()[0].GetResult().GetObservedValue().GetListValue().GetValues() {
		observed = append(observed, name.GetStringValue())
	}
	require.Equal(t, odd, observed)
}

func TestASkippedCriticalExpectationIsNoSuccess(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := deliver.Expect(t, deliver.Table("t", "id text"), expectation.ColumnValuesToNotBeNull, map[string]any{"column": "id"})

	v := s.mustValidate(t, s.request([]*datasetv1.Table{table}))

	require.False(t, v.GetSuccess())
	require.Empty(t, v.GetFindings())
	require.Equal(t, [5]int32{0, 0, 0, 1, 100}, numbers(v))
	require.Equal(t, []bool{false}, successes(v))
}

func TestTheSameValidationAgainIsTheStoredOne(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	req := s.request([]*datasetv1.Table{table}, deliver.Stage(t, s.db, table, []string{"a", "-1", "open"}))
	first := s.mustValidate(t, req)
	s.db.Exec(t, "drop table sf_staging.bat_test_f1_orders") // nothing is read again

	second, progress, err := s.validate(t, req)

	require.NoError(t, err)
	require.Empty(t, progress)
	require.True(t, proto.Equal(first, second), "%v\n%v", first, second)
}

func TestTwoCallsAtOnceUnderOneIdentifierGetOneAnswer(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	req := s.request([]*datasetv1.Table{table}, deliver.Stage(t, s.db, table, []string{"a", "-1", "open"}))
	var answers [4]*qualityv1.Validation
	var g errgroup.Group

	for i := range answers {
		g.Go(func() (err error) {
			answers[i], _, err = s.validate(t, req)
			return err
		})
	}

	require.NoError(t, g.Wait())
	for _, v := range answers[1:] {
		require.True(t, proto.Equal(answers[0], v))
	}
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select count(*) from sf_quality.validation"))
}

func TestWhatValidateRefuses(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	staged := deliver.Stage(t, s.db, table, []string{"a", "1", "open"})
	taken := s.mustValidate(t, s.request([]*datasetv1.Table{table}, staged)).GetId()
	cases := map[string]struct {
		change func(*qualityv1.ValidateRequest)
		reason problem.Reason
		says   string
	}{
		"a fence that was raised since": {
			func(r *qualityv1.ValidateRequest) { r.Context.Fence.Number = s.fence.Number + 1 },
			problem.FenceLost, "no longer live",
		},
		"the fence of another dataset": {
			func(r *qualityv1.ValidateRequest) { r.Context.Fence.Dataset = "other" },
			problem.InvalidRequest, `expected "shop"`,
		},
		"no fence": {
			func(r *qualityv1.ValidateRequest) { r.Context.Fence = nil },
			problem.InvalidRequest, "context.fence",
		},
		"an identifier of another kind": {
			func(r *qualityv1.ValidateRequest) { r.Validation = "run_1" },
			problem.InvalidRequest, "validation",
		},
		"the identifier of another batch": {
			func(r *qualityv1.ValidateRequest) { r.Validation, r.Batch = taken, "bat_2" },
			problem.InvalidRequest, "is of batch bat_1",
		},
		"a day that is none": {
			func(r *qualityv1.ValidateRequest) { r.AsOf = "2024-02-30" },
			problem.InvalidRequest, "2024-02-30 is no such day",
		},
		"a table that is not declared": {
			func(r *qualityv1.ValidateRequest) { r.Tables[0].Table, r.Tables[0].Candidate = "orderz", nil },
			problem.InvalidRequest, `no table "orderz"`,
		},
		"a table twice": {
			func(r *qualityv1.ValidateRequest) { r.Tables = append(r.Tables, r.Tables[0]) },
			problem.InvalidRequest, "twice",
		},
		"another table's candidate": {
			func(r *qualityv1.ValidateRequest) { r.Tables[0].Candidate.Table = "other" },
			problem.InvalidRequest, `of "other"`,
		},
		"a bound of another type": {
			func(r *qualityv1.ValidateRequest) {
				r.Dataset.Tables[0].Expectations[1] = deliver.Expectation(t, expectation.ColumnValuesToBeBetween,
					map[string]any{"column": "amount", "min_value": "many"})
			},
			problem.DatasetInvalid, `kwargs.min_value: column "amount" is numeric: expected a decimal number, found "many"`,
		},
		"staging that a crash emptied": {
			func(r *qualityv1.ValidateRequest) { r.Tables[0].Candidate.Rows = 2 },
			problem.StagingLost, "expected 2 staged rows",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			req := proto.CloneOf(s.request([]*datasetv1.Table{table}, staged))
			c.change(req)

			_, _, err := s.validate(t, req)

			require.True(t, problem.Is(err, c.reason), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
	require.Equal(t, []string{taken}, s.db.Rows(t, "select id from sf_quality.validation"), "nothing more is stored")
}

// numbers are evaluated, successful, unsuccessful, skipped, and the whole percent.
func numbers(v *qualityv1.Validation) [5]int32 {
	s := v.GetStatistics()
	return [5]int32{
		s.GetEvaluatedExpectations(), s.GetSuccessfulExpectations(), s.GetUnsuccessfulExpectations(),
		s.GetSkippedExpectations(), int32(s.GetSuccessPercent()),
	}
}

func successes(v *qualityv1.Validation) []bool {
	var list []bool
	for _, r := range v.GetResults() {
		list = append(list, r.GetSuccess())
	}
	return list
}
