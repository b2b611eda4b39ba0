package columntype_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/columntype"
)

func TestOfSQL(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"numeric(10,2)", "numeric", "varchar(20)", "char(3)"} {
		want, err := columntype.Parse(text)
		require.NoError(t, err)
		got, ok := columntype.OfSQL(want.SQL())
		require.True(t, ok, text)
		require.Equal(t, want, got)
	}
	for _, want := range typed(t) {
		got, ok := columntype.OfSQL(want.SQL())
		require.True(t, ok, want.SQL())
		require.Equal(t, want, got)
	}
	for _, sql := range []string{"", "character varying", "character varying(3,1)", "integer(4)", "timestamp(3) without time zone", "inet", "numeric(2,-1)", "text[]"} {
		_, ok := columntype.OfSQL(sql)
		require.False(t, ok, sql)
	}
}
