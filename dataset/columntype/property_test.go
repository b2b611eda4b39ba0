package columntype_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/columntype"
)

// some are types of every name, with limits at their edges and between.
func some(t *testing.T) []columntype.Type {
	t.Helper()
	var all []columntype.Type
	for _, name := range columntype.Names() {
		for _, limits := range []string{"", "(1)", "(7)", "(10485760)", "(1,0)", "(3,3)", "(10,2)", "(12,2)", "(12,4)", "(1000,1000)"} {
			if one, err := columntype.Parse(string(name) + limits); err == nil {
				all = append(all, one)
			}
		}
	}
	require.Greater(t, len(all), len(columntype.Names()))
	return all
}

// A type is written in one way, and read back from it as what it was, however people
// write it: in capitals, with blanks around and inside.
func TestAWrittenTypeIsReadAsItself(t *testing.T) {
	t.Parallel()
	for _, one := range some(t) {
		text := one.String()
		for _, written := range []string{
			text, strings.ToUpper(text), "  " + text + "\t", strings.ReplaceAll(text, "(", " ( "), strings.ReplaceAll(text, ",", " , "), strings.ReplaceAll(text, " ", "   "),
		} {
			again, err := columntype.Parse(written)
			require.NoError(t, err, written)
			require.Equal(t, one, again, written)
			require.Equal(t, text, again.String(), written)
		}
		back, ok := columntype.OfSQL(one.SQL())
		require.True(t, ok, one.SQL())
		require.Equal(t, one, back, "what PostgreSQL says of the column is the type")
	}
}

// Two types have one SQL only where they are one type, so that a column that agrees with
// the declaration is of its type.
func TestNoTwoTypesLookAlikeInSQL(t *testing.T) {
	t.Parallel()
	seen := map[string]columntype.Type{}
	for _, one := range some(t) {
		other, twice := seen[one.SQL()]
		require.True(t, !twice || other == one, "%s and %s are both %s", one, other, one.SQL())
		seen[one.SQL()] = one
	}
}

// Widening goes one way, and widening twice is widening: a dataset may grow over versions
// that never had a run.
func TestWideningIsAnOrder(t *testing.T) {
	t.Parallel()
	all := some(t)
	for _, a := range all {
		require.False(t, a.WidensTo(a), a)
		for _, b := range all {
			if !a.WidensTo(b) {
				continue
			}
			require.False(t, b.WidensTo(a), "%s and %s", a, b)
			require.True(t, a.Comparable(b), "%s and %s", a, b)
			for _, c := range all {
				require.True(t, !b.WidensTo(c) || a.WidensTo(c), "%s, %s, %s", a, b, c)
			}
		}
	}
}

func TestComparingIsMutual(t *testing.T) {
	t.Parallel()
	for _, a := range some(t) {
		require.True(t, a.Comparable(a), a)
		for _, b := range some(t) {
			require.Equal(t, a.Comparable(b), b.Comparable(a), "%s and %s", a, b)
		}
	}
}

// A row is never wider than its columns say: longer limits take no less room.
func TestALongerTypeTakesNoLessRoom(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		n, more := 1+random.IntN(1000), random.IntN(1000)
		for _, name := range []string{"varchar", "char"} {
			require.LessOrEqual(t, width(t, fmt.Sprintf("%s(%d)", name, n)), width(t, fmt.Sprintf("%s(%d)", name, n+more)))
		}
		p := 1 + random.IntN(999)
		s := random.IntN(p + 1)
		require.LessOrEqual(t, width(t, fmt.Sprintf("numeric(%d,%d)", p, s)), width(t, fmt.Sprintf("numeric(%d,%d)", p+1, s)))
	}
}

func width(t *testing.T, text string) int {
	t.Helper()
	one, err := columntype.Parse(text)
	require.NoError(t, err, text)
	bytes, align := one.Width()
	require.Positive(t, bytes)
	require.Positive(t, align)
	return bytes
}

// FuzzParse holds that what is taken for a type is written and read as the same one, and
// that what is not is said with the types that there are.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"text", "numeric(10,2)", "NUMERIC ( 10 , 2 )", "varchar(0)", "varchar(99999999)", "int", "numeric(1,2)", "(", "datetime", "numeric(10,2", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		one, err := columntype.Parse(text)
		if err != nil {
			require.Contains(t, err.Error(), "expected")
			require.Contains(t, err.Error(), "found")
			return
		}
		again, err := columntype.Parse(one.String())
		require.NoError(t, err)
		require.Equal(t, one, again)
		back, ok := columntype.OfSQL(one.SQL())
		require.True(t, ok)
		require.Equal(t, one, back)
	})
}

// FuzzOfSQL holds that what is taken for PostgreSQL's name of a type is written as it was.
func FuzzOfSQL(f *testing.F) {
	for _, seed := range []string{"text", "numeric(10,2)", "character varying(20)", "character(3)", "timestamp without time zone", "numeric(10,-2)", "text[]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if one, ok := columntype.OfSQL(sql); ok {
			require.Equal(t, sql, one.SQL())
		}
	})
}
