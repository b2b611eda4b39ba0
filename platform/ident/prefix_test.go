package ident_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestPatternTakesThePrefixAsItIs(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]string{
		"":       "%",
		"run_01": `run\_01%`,
		"100%":   `100\%%`,
		`a\b`:    `a\\b%`,
		"a\x00b": "a\uFFFDb%",
	} {
		require.Equal(t, want, ident.Pattern(prefix))
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	type row struct{ id string }
	missing := errors.New("missing")
	only := func(prefix string, ids ...string) (string, error) {
		var found []*row
		for _, id := range ids {
			found = append(found, &row{id})
		}
		r, err := ident.Only("run", prefix, found, func(r *row) string { return r.id }, missing)
		if err != nil {
			require.Nil(t, r)
			return "", err
		}
		return r.id, nil
	}

	one, err := only("a", "ab")
	require.NoError(t, err)
	exact, errExact := only("ab", "ab", "abc")
	require.NoError(t, errExact)
	_, none := only("a")
	_, two := only("a", "ab", "abc")

	require.Equal(t, "ab", one)
	require.Equal(t, "ab", exact, "an identifier is not ambiguous because another begins with it")
	require.ErrorIs(t, none, missing)
	require.True(t, problem.Is(two, problem.AmbiguousID))
	require.EqualError(t, two, `expected the beginning of one run, found "a", with which ab and abc begin; give more of it`)
	require.Equal(t, "a", problem.FromError(two).Metadata["given"])
}
