package relation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
)

func TestQuoting(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"users", `"users"`},
		{`odd"name`, `"odd""name"`},
		{`x"; drop table users; --`, `"x""; drop table users; --"`},
		{"Ünïcode", `"Ünïcode"`},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, relation.Quote(tt.name))
	}
	r := relation.Relation{Schema: "public", Name: `a"b`}
	require.Equal(t, `"public"."a""b"`, r.SQL())
	require.Equal(t, `public.a"b`, r.String())
	require.Equal(t, r, relation.Of(r.Proto()))
}

func TestJoin(t *testing.T) {
	t.Parallel()
	require.Equal(t, `s."a", s."b"`, relation.Join("s.", []string{"a", "b"}, ", "))
	require.Equal(t, `"a" and "b"`, relation.Join("", []string{"a", "b"}, " and "))
	require.Equal(t, `"a"`, relation.QuoteAll([]string{"a"}))
	require.Empty(t, relation.QuoteAll(nil))
}
