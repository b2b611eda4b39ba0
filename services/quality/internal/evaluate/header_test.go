package evaluate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

func TestColumnsMatchSet(t *testing.T) {
	t.Parallel()
	exact := map[string]any{"column_set": []any{"id", "a", "maybe"}}
	loose := map[string]any{"column_set": []any{"id", "a"}, "exact_match": false}
	cases := map[string]struct {
		kwargs          map[string]any
		header          []string
		holds           bool
		absent, surplus []string
	}{
		"all of them":            {exact, []string{"id", "a", "maybe"}, true, nil, nil},
		"in any order":           {exact, []string{"maybe", "a", "id"}, true, nil, nil},
		"without an optional":    {exact, []string{"id", "a"}, true, nil, nil},
		"one is missing":         {exact, []string{"id", "maybe"}, false, []string{"a"}, nil},
		"one is not of the set":  {exact, []string{"id", "a", "b", "maybe"}, false, nil, []string{"b"}},
		"misnamed":               {exact, []string{"id", "A"}, false, []string{"a"}, []string{"A"}},
		"more, where allowed":    {loose, []string{"id", "a", "b"}, true, nil, []string{"b"}},
		"missing, where allowed": {loose, []string{"id"}, false, []string{"a"}, nil},
	}
	db := newDatabase(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := deliver.Table(db.name(), "id text", "a text", "maybe text")
			table.Columns[2].Optional = true
			deliver.Expect(t, table, expectation.TableColumnsToMatchSet, c.kwargs)
			staged := deliver.Stage(t, db.Database, table)
			staged.Header = c.header

			outcomes, err := db.run(t, []*datasetv1.Table{table}, staged)

			require.NoError(t, err)
			require.Equal(t, evaluate.Outcome{
				Holds:  c.holds,
				Header: &evaluate.Header{Columns: c.header, Absent: c.absent, Surplus: c.surplus},
			}, outcomes[0][0])
		})
	}
}

func TestAHeaderThatCouldNotBeReadIsNotJudged(t *testing.T) {
	t.Parallel()
	table := deliver.Table("t", "id text")
	deliver.Expect(t, table, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id"}})

	outcomes, err := newDatabase(t).run(t, []*datasetv1.Table{table}, &stepv1.DeliveredTable{Table: "t"})

	require.NoError(t, err)
	require.Equal(t, evaluate.Outcome{Skipped: "the file could not be read"}, outcomes[0][0])
}

func TestAHeaderIsJudgedWithoutACandidateAndTheRestIsSkipped(t *testing.T) {
	t.Parallel()
	table := deliver.Table("t", "id text")
	deliver.Expect(t, table, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id"}})
	deliver.Expect(t, table, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "id"})

	outcomes, err := newDatabase(t).run(t, []*datasetv1.Table{table},
		&stepv1.DeliveredTable{Table: "t", HasHeader: true, Header: []string{"id", "surprise"}})

	require.NoError(t, err)
	require.Equal(t, []string{"surprise"}, outcomes[0][0].Header.Surplus)
	require.NotEmpty(t, outcomes[0][1].Skipped)
	require.False(t, outcomes[0][1].Holds)
}
