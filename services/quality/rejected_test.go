package quality_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

func TestAValidationKnowsTheRowsThatItDidNotSee(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	staged := deliver.Stage(t, s.db, table, []string{"a", "1", "open"}, []string{"b", "2", "paid"}, []string{"c", "3", "paid"})
	staged.Rejected = 2

	v := s.mustValidate(t, s.request([]*datasetv1.Table{table}, staged))

	require.False(t, v.GetSuccess(), "2 of 5 rows were not judged")
	require.Equal(t, int64(2), v.GetRejectedRows())
	require.Equal(t, [5]int32{3, 3, 0, 0, 100}, numbers(v))
	got, err := s.client.GetValidation(context.Background(), &qualityv1.GetValidationRequest{Validation: v.GetId()})
	require.NoError(t, err)
	require.Equal(t, int64(2), got.GetValidation().GetRejectedRows())
	require.Equal(t, int64(2), got.GetValidation().GetResults()[1].GetRejectedRows())
	list, err := s.client.ListValidations(context.Background(), &qualityv1.ListValidationsRequest{Dataset: datasetName})
	require.NoError(t, err)
	require.Equal(t, int64(2), list.GetValidations()[0].GetRejectedRows())
}

func TestATableOfWhichEveryRowWasRejectedIsSkipped(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table, child := orders(t), deliver.Table("lines", "id text", "order_id text")
	deliver.Expect(t, child, expectation.ColumnValuesToBeInOtherTable,
		map[string]any{"column": "order_id", "other_table": "orders", "other_column": "id"})
	staged := deliver.Stage(t, s.db, table)
	staged.Rejected = 5

	v := s.mustValidate(t, s.request([]*datasetv1.Table{table, child}, staged, deliver.Stage(t, s.db, child, []string{"1", "a"})))

	require.False(t, v.GetSuccess())
	require.Equal(t, [5]int32{1, 1, 0, 3, 100}, numbers(v), "only the header was judged")
	const why = "no row of table orders could be staged: 5 rows were delivered and rejected"
	require.Equal(t, why, v.GetResults()[1].GetSkipped())
	require.Equal(t, "it compares with another table: "+why, v.GetResults()[3].GetSkipped())
	require.Empty(t, v.GetFindings())
}

func TestAnEmptyTableOfAnEmptyFileIsJudged(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	deliver.Expect(t, table, expectation.TableRowCountToBeBetween, map[string]any{"min_value": 1})

	v := s.mustValidate(t, s.request([]*datasetv1.Table{table}, deliver.Stage(t, s.db, table)))

	require.Equal(t, [5]int32{4, 3, 1, 0, 75}, numbers(v))
	require.Equal(t, "orders: found 0 rows, expected at least 1 row (expect_table_row_count_to_be_between)", v.GetFindings()[0].GetMessage())
	require.Contains(t, v.GetFindings()[0].GetAction(), "whether it is whole")
}

func TestFewerRejectedRowsThanNoneAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	staged := deliver.Stage(t, s.db, table)
	staged.Rejected = -1

	_, _, err := s.validate(t, s.request([]*datasetv1.Table{table}, staged))

	require.True(t, problem.Is(err, problem.InvalidRequest), "%v", err)
}
