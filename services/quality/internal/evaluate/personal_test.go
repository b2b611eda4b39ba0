package evaluate_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/personal"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// The rows that break a rule are told by tokens where their columns are personal, of a number
// as of a text; of a column with few values not even so.
func TestPersonalValuesAreNotAmongTheRows(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	keys, err := personal.Parse(personal.NewKey())
	require.NoError(t, err)
	evaluator := evaluate.New(db.Pool(t, "sf_quality"), limits, keys)
	table := deliver.Table("people", "id text", "fee numeric", "sex text")
	deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "fee", "max_value": 58})
	deliver.Expect(t, table, expectation.ColumnValuesToBeInSet, map[string]any{"column": "sex", "value_set": []any{"f"}})
	var rows [][]string
	for i := range 60 {
		rows = append(rows, []string{fmt.Sprintf("u-%d", i), fmt.Sprint(i), "f"})
	}
	rows[7][2] = "m"
	plans, err := compile.Compile(&datasetv1.Dataset{Name: "d", Tables: []*datasetv1.Table{table}}, []*stepv1.DeliveredTable{deliver.Stage(t, db.Database, table, rows...)})
	require.NoError(t, err)
	veiled := personal.Table{Dataset: "d", Key: table.GetKey(), Personal: []string{"id", "fee", "sex"}}
	plans[0].Veiled = veiled

	outcomes, err := evaluator.Run(context.Background(), plans, ignore)

	require.NoError(t, err)
	veil := keys.Veil(veiled)
	fee, sex := outcomes[0][0].Rows, outcomes[0][1].Rows
	require.Len(t, fee, 1)
	require.Equal(t, veil.Value("fee", "59"), *fee[0].Value)
	require.Equal(t, []string{veil.Value("id", "u-59")}, fee[0].Key)
	require.Len(t, sex, 1)
	require.Equal(t, personal.Hidden, *sex[0].Value)
	require.Equal(t, []string{veil.Value("id", "u-7")}, sex[0].Key)
	require.Positive(t, sex[0].Line)
}

// PostgreSQL's words about a value that it cannot compute with may have the value.
func TestAnExceptionHasNoPersonalValue(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	table := deliver.Table(db.name(), "id text", "c integer", "d integer")
	deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 1})
	plans, err := compile.Compile(&datasetv1.Dataset{Name: "d", Tables: []*datasetv1.Table{table}}, []*stepv1.DeliveredTable{computed(t, db, table, "5", "0")})
	require.NoError(t, err)
	plans[0].Veiled = personal.Table{Dataset: "d", Key: table.GetKey(), Personal: []string{"id"}}

	outcomes, err := db.evaluator.Run(context.Background(), plans, ignore)

	require.NoError(t, err)
	require.Equal(t, "it cannot compute with a value (SQLSTATE 22012)", outcomes[0][0].Exception)
}
