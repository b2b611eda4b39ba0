package columntype_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/columntype"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want columntype.Type
		sql  string
	}{
		"text":                 {columntype.Type{Name: columntype.Text}, "text"},
		"integer":              {columntype.Type{Name: columntype.Integer}, "integer"},
		"int":                  {columntype.Type{Name: columntype.Integer}, "integer"},
		"bigint":               {columntype.Type{Name: columntype.BigInt}, "bigint"},
		"numeric":              {columntype.Type{Name: columntype.Numeric}, "numeric"},
		"numeric(10,2)":        {columntype.Type{Name: columntype.Numeric, Precision: 10, Scale: 2}, "numeric(10,2)"},
		"numeric(10)":          {columntype.Type{Name: columntype.Numeric, Precision: 10}, "numeric(10,0)"},
		" Numeric ( 10 , 2 ) ": {columntype.Type{Name: columntype.Numeric, Precision: 10, Scale: 2}, "numeric(10,2)"},
		"numeric(1000,1000)":   {columntype.Type{Name: columntype.Numeric, Precision: 1000, Scale: 1000}, "numeric(1000,1000)"},
		"double  precision":    {columntype.Type{Name: columntype.DoublePrecision}, "double precision"},
		"BOOLEAN":              {columntype.Type{Name: columntype.Boolean}, "boolean"},
		"date":                 {columntype.Type{Name: columntype.Date}, "date"},
	}
	for text, test := range tests {
		got, err := columntype.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, test.want, got, text)
		require.Equal(t, test.sql, got.SQL(), text)
		require.Equal(t, test.sql, got.String(), text)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const known = "expected one of text, integer, bigint, numeric, double precision, boolean, date or numeric(p,s), found "
	tests := map[string]string{
		"":                          known + "none",
		"txt":                       known + `"txt": did you mean "text"?`,
		"bool":                      known + `"bool": write boolean`,
		"VARCHAR(30)":               known + `"VARCHAR(30)": write text`,
		"timestamp":                 known + `"timestamp": no type here holds a time of day; write text, which keeps the values as they are, or date where they are YYYY-MM-DD`,
		"timestamp(3)":              known + `"timestamp(3)": no type here holds a time of day; write text, which keeps the values as they are, or date where they are YYYY-MM-DD`,
		"DATETIME":                  known + `"DATETIME": no type here holds a time of day; write text, which keeps the values as they are, or date where they are YYYY-MM-DD`,
		"timestamp with time zone":  known + `"timestamp with time zone": no type here holds a time of day; write text, which keeps the values as they are, or date where they are YYYY-MM-DD`,
		"money":                     known + `"money": write numeric`,
		"numeric()":                 known + `"numeric()": did you mean "numeric"?`,
		"numeric(2,-1)":             known + `"numeric(2,-1)": did you mean "numeric"?`,
		"numeric(0)":                "expected a precision of 1 to 1000 in numeric(p,s), found 0",
		"numeric(1001,2)":           "expected a precision of 1 to 1000 in numeric(p,s), found 1001",
		"numeric(3,4)":              "expected a scale of 0 to the precision 3 in numeric(p,s), found 4",
		"text; drop table users --": known + `"text; drop table users --"`,
	}
	for text, want := range tests {
		_, err := columntype.Parse(text)
		require.EqualError(t, err, want)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	numbers, whole := map[columntype.Name]bool{}, map[columntype.Name]bool{}
	for _, name := range columntype.Names() {
		numbers[name] = columntype.Type{Name: name}.IsNumber()
		whole[name] = columntype.Type{Name: name}.IsWhole()
	}
	require.Equal(t, map[columntype.Name]bool{
		columntype.Text: false, columntype.Integer: true, columntype.BigInt: true, columntype.Numeric: true,
		columntype.DoublePrecision: true, columntype.Boolean: false, columntype.Date: false,
	}, numbers)
	require.True(t, whole[columntype.Integer] && whole[columntype.BigInt])
	require.False(t, whole[columntype.Numeric] || whole[columntype.Text])
}

func TestComparable(t *testing.T) {
	t.Parallel()
	text, date := columntype.Type{Name: columntype.Text}, columntype.Type{Name: columntype.Date}
	money := columntype.Type{Name: columntype.Numeric, Precision: 10, Scale: 2}
	require.True(t, money.Comparable(columntype.Type{Name: columntype.Integer}))
	require.True(t, text.Comparable(text))
	require.False(t, text.Comparable(date))
	require.False(t, text.Comparable(money))
}
