package lookup_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/internal/lookup"
	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{Tables: []*datasetv1.Table{
		{Name: "b", Columns: []*datasetv1.Column{{Name: "y"}, {Name: "x"}}},
		{Name: "a"},
	}}

	require.Equal(t, []string{"b", "a"}, lookup.TableNames(d))
	require.Equal(t, []string{"y", "x"}, lookup.ColumnNames(d.GetTables()[0]))
	require.Same(t, d.GetTables()[1], lookup.Table(d, "a"))
	require.Same(t, d.GetTables()[0].GetColumns()[1], lookup.Column(d.GetTables()[0], "x"))
	require.Nil(t, lookup.Table(d, ""))
	require.Nil(t, lookup.Column(d.GetTables()[1], "x"))
	require.Empty(t, lookup.TableNames(nil))
	require.Empty(t, lookup.ColumnNames(nil))
}

func TestColumnHint(t *testing.T) {
	t.Parallel()
	table := &datasetv1.Table{Columns: []*datasetv1.Column{{Name: "client", RenamedFrom: "customer"}, {Name: "amount"}}}

	require.Equal(t, `, which is called "client" now (renamed_from)`, lookup.ColumnHint(new(nearest.Guesses), table, "customer"))
	require.Equal(t, `: did you mean "amount"?`, lookup.ColumnHint(new(nearest.Guesses), table, "amonut"))
	require.Empty(t, lookup.ColumnHint(new(nearest.Guesses), table, "colour"))
	require.Empty(t, lookup.ColumnHint(new(nearest.Guesses), table, ""))
}
