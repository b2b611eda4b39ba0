package relation_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
)

// FuzzQuote holds that no name ends its quotes: whatever stands between the outer ones
// is the name, with each quote of its own doubled. (PostgreSQL takes no NUL in a name.)
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "users", `"`, `""`, `x"; drop table users; --`, `\"`, "é", "a.b", "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ContainsRune(name, 0) {
			t.Skip()
		}
		quoted := relation.Quote(name)

		require.True(t, len(quoted) >= 2 && quoted[0] == '"' && quoted[len(quoted)-1] == '"')
		inside := quoted[1 : len(quoted)-1]
		require.NotContains(t, strings.ReplaceAll(inside, `""`, ""), `"`)
		require.Equal(t, name, strings.ReplaceAll(inside, `""`, `"`))
		require.Equal(t, quoted+"."+quoted, relation.Relation{Schema: name, Name: name}.SQL())
	})
}

// FuzzSpare holds that a spare name fits, is whole text, and is not the name itself.
func FuzzSpare(f *testing.F) {
	for _, seed := range []string{"users", strings.Repeat("é", 40), strings.Repeat("n", 63), "users_before"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) {
			t.Skip()
		}
		spare := relation.Spare(name)

		require.LessOrEqual(t, len(spare), relation.MaxName)
		require.True(t, utf8.ValidString(spare))
		require.True(t, strings.HasSuffix(spare, "_before"))
		if len(name) <= relation.MaxName-len("_before") {
			require.Equal(t, name+"_before", spare)
		}
	})
}
