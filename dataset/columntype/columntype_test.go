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
		"smallint":             {columntype.Type{Name: columntype.SmallInt}, "smallint"},
		"real":                 {columntype.Type{Name: columntype.Real}, "real"},
		"timestamp":            {columntype.Type{Name: columntype.Timestamp}, "timestamp without time zone"},
		"TimestampTZ":          {columntype.Type{Name: columntype.TimestampTZ}, "timestamp with time zone"},
		"uuid":                 {columntype.Type{Name: columntype.UUID}, "uuid"},
		"jsonb":                {columntype.Type{Name: columntype.JSONB}, "jsonb"},
		"varchar(20)":          {columntype.Type{Name: columntype.VarChar, Length: 20}, "character varying(20)"},
		" VarChar ( 20 ) ":     {columntype.Type{Name: columntype.VarChar, Length: 20}, "character varying(20)"},
		"char(3)":              {columntype.Type{Name: columntype.Char, Length: 3}, "character(3)"},
		"varchar(10485760)":    {columntype.Type{Name: columntype.VarChar, Length: 10485760}, "character varying(10485760)"},
	}
	for text, test := range tests {
		got, err := columntype.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, test.want, got, text)
		require.Equal(t, test.sql, got.SQL(), text)
		again, err := columntype.Parse(got.String())
		require.NoError(t, err, text)
		require.Equal(t, got, again, "what a dataset writes is read as the same type")
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const known = "expected one of text, varchar(n), char(n), smallint, integer, bigint, numeric, numeric(p,s), real, double precision, " +
		"boolean, date, timestamp, timestamptz, uuid or jsonb, found "
	tests := map[string]string{
		"":                            known + "none",
		"txt":                         known + `"txt": did you mean "text"?`,
		"bool":                        known + `"bool": write boolean`,
		"varchar":                     known + `"varchar": write text, or varchar(n) with a limit`,
		"varchar(3,1)":                known + `"varchar(3,1)": write text, or varchar(3) with a limit`,
		"char":                        known + `"char": write char(n)`,
		"character varying(30)":       known + `"character varying(30)": write varchar(30)`,
		"bpchar(2)":                   known + `"bpchar(2)": write char(2)`,
		"timestamp(3)":                known + `"timestamp(3)": write timestamp`,
		"timestamp with time zone":    known + `"timestamp with time zone": write timestamptz`,
		"timestamp without time zone": known + `"timestamp without time zone": write timestamp`,
		"datetime":                    known + `"datetime": write timestamp`,
		"float8":                      known + `"float8": write double precision`,
		"float4":                      known + `"float4": write real`,
		"int2":                        known + `"int2": write smallint`,
		"guid":                        known + `"guid": write uuid`,
		"json":                        known + `"json": write jsonb`,
		"money":                       known + `"money": write numeric`,
		"numeric()":                   known + `"numeric()": did you mean "numeric"?`,
		"numeric(2,-1)":               known + `"numeric(2,-1)": did you mean "numeric"?`,
		"integer(4)":                  known + `"integer(4)": did you mean "integer"?`,
		"numeric(0)":                  "expected a precision of 1 to 1000 in numeric(p,s), found 0",
		"numeric(1001,2)":             "expected a precision of 1 to 1000 in numeric(p,s), found 1001",
		"numeric(3,4)":                "expected a scale of 0 to the precision 3 in numeric(p,s), found 4",
		"varchar(0)":                  "expected a length of 1 to 10485760 characters in varchar(n), found 0",
		"char(10485761)":              "expected a length of 1 to 10485760 characters in char(n), found 10485761",
		"text; drop table users --":   known + `"text; drop table users --"`,
	}
	for text, want := range tests {
		_, err := columntype.Parse(text)
		require.EqualError(t, err, want)
	}
}

// typed are one type of each name, in the order of the messages.
func typed(t *testing.T) []columntype.Type {
	t.Helper()
	all := make([]columntype.Type, 0, len(columntype.Names()))
	for _, name := range columntype.Names() {
		text := string(name)
		if name == columntype.VarChar || name == columntype.Char {
			text += "(5)"
		}
		one, err := columntype.Parse(text)
		require.NoError(t, err)
		all = append(all, one)
	}
	return all
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		what string
		is   func(columntype.Type) bool
		want []columntype.Name
	}{
		{"number", columntype.Type.IsNumber, []columntype.Name{
			columntype.SmallInt, columntype.Integer, columntype.BigInt, columntype.Numeric, columntype.Real, columntype.DoublePrecision}},
		{"whole", columntype.Type.IsWhole, []columntype.Name{columntype.SmallInt, columntype.Integer, columntype.BigInt}},
		{"text", columntype.Type.IsText, []columntype.Name{columntype.Text, columntype.VarChar, columntype.Char}},
		{"with a NaN", columntype.Type.HoldsNaN, []columntype.Name{columntype.Numeric, columntype.Real, columntype.DoublePrecision}},
		{"binary", columntype.Type.IsBinary, []columntype.Name{columntype.Real, columntype.DoublePrecision}},
		{"not for keys", func(t columntype.Type) bool { return !t.FitsKey() }, []columntype.Name{
			columntype.Real, columntype.DoublePrecision, columntype.JSONB}},
	} {
		var got []columntype.Name
		for _, one := range typed(t) {
			if test.is(one) {
				got = append(got, one.Name)
			}
		}
		require.Equal(t, test.want, got, test.what)
	}
}

func TestWidth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int{
		"boolean": {1, 1}, "smallint": {2, 2}, "integer": {4, 4}, "date": {4, 4}, "real": {4, 4}, "bigint": {8, 8}, "double precision": {8, 8},
		"timestamp": {8, 8}, "timestamptz": {8, 8}, "uuid": {16, 1}, "text": {24, 1}, "jsonb": {24, 1}, "numeric": {24, 1},
		"varchar(3)": {13, 1}, "varchar(6)": {24, 1}, "char(1)": {5, 1}, "numeric(4,0)": {5, 1}, "numeric(6,2)": {7, 1}, "numeric(40,0)": {23, 1}, "numeric(100,0)": {24, 1},
	} {
		one, err := columntype.Parse(text)
		require.NoError(t, err)
		bytes, align := one.Width()
		require.Equal(t, want, [2]int{bytes, align}, text)
	}
}

func TestCastHasNoLimits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"numeric(5,2)": "numeric", "varchar(3)": "character varying",
		"char(3)":     "bpchar", // character alone is character(1)
		"timestamptz": "timestamp with time zone", "double precision": "double precision", "text": "text",
	} {
		one, err := columntype.Parse(text)
		require.NoError(t, err)
		require.Equal(t, want, one.Cast(), text)
	}
}

func TestComparable(t *testing.T) {
	t.Parallel()
	text, date := columntype.Type{Name: columntype.Text}, columntype.Type{Name: columntype.Date}
	money := columntype.Type{Name: columntype.Numeric, Precision: 10, Scale: 2}
	require.True(t, money.Comparable(columntype.Type{Name: columntype.Integer}))
	require.True(t, text.Comparable(text))
	require.True(t, text.Comparable(columntype.Type{Name: columntype.VarChar, Length: 3}))
	require.False(t, text.Comparable(date))
	require.False(t, text.Comparable(money))
	require.False(t, date.Comparable(columntype.Type{Name: columntype.Timestamp}), "which moment a day is, is not said")
	require.False(t, columntype.Type{Name: columntype.TimestampTZ}.Comparable(columntype.Type{Name: columntype.Timestamp}))
}

func TestWidensTo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from, to string
		want     bool
	}{
		{"varchar(20)", "varchar(21)", true},
		{"varchar(20)", "varchar(20)", false},
		{"varchar(20)", "varchar(19)", false},
		{"varchar(20)", "text", true},
		{"text", "varchar(20)", false},
		{"char(3)", "char(4)", false},
		{"char(3)", "text", false},
		{"numeric(10,2)", "numeric(12,2)", true},
		{"numeric(10,2)", "numeric(12,3)", false},
		{"numeric(10,2)", "numeric(8,2)", false},
		{"numeric(10,2)", "numeric", true},
		{"numeric", "numeric(10,2)", false},
		{"numeric", "numeric", false},
		{"integer", "bigint", false},
		{"integer", "integer", false},
		{"real", "double precision", false},
	} {
		from, err := columntype.Parse(test.from)
		require.NoError(t, err)
		to, err := columntype.Parse(test.to)
		require.NoError(t, err)
		require.Equal(t, test.want, from.WidensTo(to), "%s to %s", from, to)
	}
}
