package declared_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/internal/declared"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestDeclared(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{Tables: []*datasetv1.Table{
		{Name: "b", Columns: []*datasetv1.Column{{Name: "y"}, {Name: "x"}}},
		{Name: "a"},
	}}

	require.Equal(t, []string{"b", "a"}, declared.TableNames(d))
	require.Equal(t, []string{"y", "x"}, declared.ColumnNames(d.GetTables()[0]))
	require.Same(t, d.GetTables()[1], declared.Table(d, "a"))
	require.Same(t, d.GetTables()[0].GetColumns()[1], declared.Column(d.GetTables()[0], "x"))
	require.Nil(t, declared.Table(d, ""))
	require.Nil(t, declared.Column(d.GetTables()[1], "x"))
	require.Empty(t, declared.TableNames(nil))
	require.Empty(t, declared.ColumnNames(nil))
}
