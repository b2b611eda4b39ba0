package evaluate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

// computed is a candidate whose column c PostgreSQL computes when it is read: 10 / d,
// so that a row with a 0 in d raises an error of class 22.
func computed(t *testing.T, db *database, table *datasetv1.Table, d ...string) *stepv1.DeliveredTable {
	t.Helper()
	cells := make([][]string, 0, len(d))
	for i, v := range d {
		cells = append(cells, []string{string(rune('a' + i)), v, v})
	}
	staged := deliver.Stage(t, db.Database, table, cells...)
	rows := relation.Of(staged.GetCandidate().GetRelation())
	view := relation.Relation{Schema: rows.Schema, Name: rows.Name + "_computed"}
	db.Exec(t, "create view "+view.SQL()+" as select id, 10 / c as c, d, sf_file, sf_line from "+rows.SQL())
	db.Exec(t, "grant select on "+view.SQL()+" to sf_quality")
	staged.Candidate.Relation = view.Proto()
	return staged
}

func TestARuleThatPostgreSQLCannotEvaluateIsFoundAndTheOthersAreJudged(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	table := deliver.Table(db.name(), "id text", "c integer", "d integer")
	deliver.Expect(t, table, expectation.TableRowCountToBeBetween, map[string]any{"min_value": 4})
	deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 1})
	deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "d", "min_value": 1})
	deliver.Expect(t, table, expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"})
	deliver.Expect(t, table, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id", "c", "d"}})

	outcomes, err := db.run(t, []*datasetv1.Table{table}, computed(t, db, table, "5", "0", "2"))

	require.NoError(t, err)
	var exceptions []string
	var holds []bool
	for _, o := range outcomes[0] {
		exceptions, holds = append(exceptions, o.Exception), append(holds, o.Holds)
	}
	const divided = "division by zero (SQLSTATE 22012)"
	require.Equal(t, []string{"", divided, "", divided, ""}, exceptions)
	require.Equal(t, []bool{false, false, false, false, true}, holds)
	require.Equal(t, []string{"0"}, values(outcomes[0][2]))
	require.Equal(t, int64(3), outcomes[0][0].Elements)
}

func TestStagingThatWasLostIsNoExceptionOfARule(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	table := deliver.Expect(t, deliver.Table(db.name(), "id text", "c integer", "d integer"),
		expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"})
	staged := computed(t, db, table, "5", "0")
	staged.Candidate.Rows = 3

	_, err := db.run(t, []*datasetv1.Table{table}, staged)

	require.True(t, problem.Is(err, problem.StagingLost), "%v", err)
}
