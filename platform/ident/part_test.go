package ident_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for part, want := range map[string]string{
		"run_01hq7d3x8k2m4n6p8q0r2s4t6v": `run\_01hq7d3x8k2m4n6p8q0r2s4t6v`,
		"run_01hq7d":                     `run\_%01hq7d%`,
		"run_01":                         `run\_01%`,
		"run_":                           `run\_%`,
		"t6v9":                           `run\_%t6v9%`,
		"100%":                           `run\_%100\%%`,
		`a\bc`:                           `run\_%a\\bc%`,
		"a\x00bc":                        "run\\_%a\uFFFDbc%",
	} {
		require.Equal(t, want, ident.Pattern(ident.Run, part), part)
	}
}

func TestBeginningTakesThePrefixAsItIs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "%", ident.Beginning(""))
	require.Equal(t, `3f\%\_%`, ident.Beginning("3f%_"))
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
	require.Equal(t, "ab", exact, "an identifier is not ambiguous because another has it")
	require.ErrorIs(t, none, missing)
	require.True(t, problem.Is(two, problem.AmbiguousID))
	require.EqualError(t, two, `expected a part of the identifier of one run, found "a", which ab and abc have`)
	_, four := only("a", "ab", "abc", "abd", "abe")
	require.EqualError(t, four, `expected a part of the identifier of one run, found "a", which ab, abc, abd and others have`)
	require.Equal(t, "a", problem.FromError(two).Metadata["given"])
}
