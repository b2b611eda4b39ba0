package layout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

func orders() *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name: "shop", Schema: "sales",
		Tables: []*datasetv1.Table{{
			Name: "orders", Key: []string{"user_id", "number"},
			Columns: []*datasetv1.Column{
				{Name: "number", Type: "int"}, {Name: "amount", Type: "numeric(12,2)"}, {Name: "user_id", Type: "text"}, {Name: "note", Type: "text"},
			},
		}},
		Snapshots: []*datasetv1.Snapshot{
			{Name: "all_of_it", From: "orders"},
			{Name: "some_of_it", From: "orders", Columns: []string{"note"}},
		},
	}
}

func TestOfPutsTheKeyFirst(t *testing.T) {
	t.Parallel()

	layouts, err := layout.Of(orders())

	require.NoError(t, err)
	require.Len(t, layouts, 2)
	require.Equal(t, "sales.all_of_it", layouts[0].Table.String())
	require.Equal(t, "orders", layouts[0].From)
	require.Equal(t, []string{"user_id", "number", "amount", "note"}, layout.Names(layouts[0].Columns()))
	require.Equal(t, []string{"user_id", "number", "as_of"}, layouts[0].PrimaryKey())
	require.Equal(t, "integer", layouts[0].Key[1].Type.SQL())
	require.Equal(t, []string{"user_id", "number", "note"}, layout.Names(layouts[1].Columns()))
}

func TestOfTheBuiltInDataset(t *testing.T) {
	t.Parallel()

	layouts, err := layout.Of(builtin.Streamflow())

	require.NoError(t, err)
	byName := map[string][]string{}
	for _, l := range layouts {
		require.Equal(t, "public", l.Table.Schema)
		byName[l.Snapshot] = layout.Names(l.Columns())
	}
	require.Len(t, byName, 7)
	require.Equal(t, []string{"user_id", "months_active", "monthly_fee", "paperless_billing", "plan_stream_tv", "plan_stream_movies", "net_service"},
		byName["subscriptions_profile_snapshots"])
	require.Equal(t, []string{"user_id", "churn_label"}, byName["labels_snapshots"])
}

func TestOfSaysEveryMistake(t *testing.T) {
	t.Parallel()
	d := orders()
	d.Tables[0].Columns[3].Type = "varchar"
	d.Snapshots = append(d.GetSnapshots(),
		&datasetv1.Snapshot{Name: "of_nothing", From: "nothing"},
		&datasetv1.Snapshot{Name: "of_a_typo", From: "orders", Columns: []string{"amuont"}})

	_, err := layout.Of(d)

	require.True(t, problem.Is(err, problem.DatasetInvalid))
	violations := problem.FromError(err).Violations
	require.Len(t, violations, 4)
	require.Equal(t, "snapshots[0]", violations[0].Subject)
	require.Contains(t, violations[0].Description, "snapshot all_of_it: type of column note")
	require.Contains(t, violations[2].Description, `snapshot of_nothing: expected a table of the dataset in from, found "nothing"`)
	require.Contains(t, violations[3].Description, `snapshot of_a_typo: expected a column of table orders, found "amuont"`)
}
