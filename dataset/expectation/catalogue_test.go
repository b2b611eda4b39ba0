package expectation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestCatalogueHasTheKindsByName(t *testing.T) {
	t.Parallel()
	var names []string
	for _, kind := range expectation.All() {
		names = append(names, kind.Name)
		found, ok := expectation.Lookup(kind.Name)
		require.True(t, ok)
		require.Equal(t, kind.Doc, found.Doc)
	}
	require.ElementsMatch(t, []string{
		"expect_table_columns_to_match_set", "expect_table_row_count_to_be_between", "expect_column_values_to_not_be_null",
		"expect_column_values_to_be_between", "expect_column_values_to_be_in_set", "expect_column_values_to_be_unique",
		"expect_column_values_to_be_in_other_table",
	}, names)
	_, ok := expectation.Lookup("expect_nothing")
	require.False(t, ok)
}

func TestCatalogueIsDocumented(t *testing.T) {
	t.Parallel()
	for _, kind := range expectation.All() {
		require.True(t, strings.HasSuffix(kind.Doc, "."), kind.Name)
		require.Contains(t, []expectation.Scope{expectation.ScopeTable, expectation.ScopeColumn}, kind.Scope, kind.Name)
		require.True(t, strings.HasPrefix(kind.Name, "expect_"+string(kind.Scope)+"_"), kind.Name)
		require.NotEmpty(t, kind.Arguments, kind.Name)
		require.Contains(t, []expectation.Result{expectation.ObservedResult, expectation.RowsResult, expectation.ValuesResult}, kind.Result, kind.Name)
		for _, argument := range kind.Arguments {
			require.True(t, strings.HasSuffix(argument.Doc, "."), "%s.%s", kind.Name, argument.Name)
			require.NotEmpty(t, argument.Type, "%s.%s", kind.Name, argument.Name)
			require.False(t, argument.Required && argument.Default != "", "%s.%s", kind.Name, argument.Name)
			found, ok := kind.Argument(argument.Name)
			require.True(t, ok)
			require.Equal(t, argument, found)
		}
	}
}

// sample is a value of each type of argument.
var sample = map[expectation.ArgumentType]any{
	expectation.ColumnArgument: "id", expectation.ColumnsArgument: []any{"id"}, expectation.ValueArgument: 1,
	expectation.ValuesArgument: []any{1}, expectation.CountArgument: 1, expectation.ShareArgument: 0.5,
	expectation.FlagArgument: true, expectation.OtherTableArgument: "other", expectation.OtherColumnArgument: "id",
}

func TestEveryArgumentIsDecoded(t *testing.T) {
	t.Parallel()
	for _, kind := range expectation.All() {
		kwargs := map[string]any{}
		for _, argument := range kind.Arguments {
			require.Contains(t, sample, argument.Type)
			kwargs[argument.Name] = sample[argument.Type]
		}
		content, err := structpb.NewStruct(kwargs)
		require.NoError(t, err)
		_, err = expectation.Decode(&datasetv1.Expectation{Type: kind.Name, Kwargs: content})
		require.NoError(t, err)
	}
}

func TestAllIsACopy(t *testing.T) {
	t.Parallel()
	all := expectation.All()
	all[0].Name = "changed"
	all[0].Arguments[0].Name = "changed"
	require.NotEqual(t, "changed", expectation.All()[0].Name)
	require.NotEqual(t, "changed", expectation.All()[0].Arguments[0].Name)
}
