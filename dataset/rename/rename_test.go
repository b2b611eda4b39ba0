package rename_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/rename"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

type pairs = rename.Pairs

func TestWhatIsStillToBeRenamed(t *testing.T) {
	t.Parallel()
	ab, bc, ba, ca := rename.Pair{From: "a", To: "b"}, rename.Pair{From: "b", To: "c"}, rename.Pair{From: "b", To: "a"}, rename.Pair{From: "c", To: "a"}
	for name, tc := range map[string]struct {
		pairs      pairs
		names      []string
		open, both pairs
	}{
		"nothing is declared":               {nil, []string{"a"}, nil, nil},
		"the older name stands":             {pairs{ab}, []string{"k", "a"}, pairs{ab}, nil},
		"the newer name stands":             {pairs{ab}, []string{"k", "b"}, nil, nil},
		"neither stands":                    {pairs{ab}, []string{"k"}, nil, nil},
		"both stand":                        {pairs{ab}, []string{"a", "b"}, nil, pairs{ab}},
		"a path":                            {pairs{ab, bc}, []string{"a", "b"}, pairs{ab, bc}, nil},
		"a path, declared from behind":      {pairs{bc, ab}, []string{"b", "a"}, pairs{bc, ab}, nil},
		"a path that was gone":              {pairs{ab, bc}, []string{"b", "c"}, nil, nil},
		"a path that was gone by half":      {pairs{ab, bc}, []string{"a", "c"}, pairs{ab}, nil},
		"a path of which the middle stands": {pairs{ab, bc}, []string{"b"}, pairs{bc}, nil},
		"a path of which the end is taken":  {pairs{ab, bc}, []string{"a", "b", "c"}, nil, pairs{ab}},
		"a ring of two":                     {pairs{ab, ba}, []string{"a", "b"}, pairs{ab, ba}, nil},
		"a ring of three":                   {pairs{ab, bc, ca}, []string{"c", "b", "a"}, pairs{ab, bc, ca}, nil},
		"half of a ring":                    {pairs{ab, ba}, []string{"a"}, pairs{ab}, nil},
	} {
		open, both := tc.pairs.Among(tc.names)
		require.Equal(t, tc.open, open, name)
		require.Equal(t, tc.both, both, name)
	}
}

func TestNamesBeforeAndAfter(t *testing.T) {
	t.Parallel()
	ps := pairs{{"a", "b"}, {"b", "a"}, {"c", "d"}}

	require.Equal(t, []string{"b", "a", "k", "d", "d"}, ps.AllNow([]string{"a", "b", "k", "c", "d"}))
	require.Equal(t, []string{"a", "b", "k", "c"}, ps.AllBefore([]string{"b", "a", "k", "d"}))
	require.Equal(t, pairs{{"c", "d"}}, ps.Paths())
	require.Equal(t, ps[:2], ps.Rings())
	require.Equal(t, ps[1:], ps.Without(pairs{{"a", "b"}, {"d", "c"}}))
	require.Equal(t, pairs{{"a", "b"}, {"b", "c"}, {"x", "a"}}, pairs{{"a", "b"}, {"b", "c"}, {"x", "a"}}.Paths())
	require.True(t, ps.Renames("c"))
	require.False(t, ps.Renames("d"))
	require.True(t, ps.Makes("d"))
	require.Empty(t, pairs(nil).Rings())
}

// Carried out one by one, the steps lead to what they lead to at once, and no two columns
// are ever called the same.
func TestStepsAreSafe(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pairs pairs
		names []string
		n     int
	}{
		"one":          {pairs{{"a", "b"}}, []string{"k", "a"}, 1},
		"a path":       {pairs{{"a", "b"}, {"b", "c"}}, []string{"a", "b"}, 2},
		"a ring":       {pairs{{"a", "b"}, {"b", "a"}}, []string{"a", "b"}, 3},
		"two rings":    {pairs{{"a", "b"}, {"b", "a"}, {"x", "y"}, {"y", "z"}, {"z", "x"}}, []string{"x", "a", "z", "b", "y"}, 7},
		"a taken name": {pairs{{"a", "b"}, {"b", "a"}}, []string{"a", "b", "sf_renamed"}, 3},
	} {
		names := slices.Clone(tc.names)
		for _, p := range tc.pairs.Steps(tc.names) {
			require.NotContains(t, names, p.To, name)
			i := slices.Index(names, p.From)
			require.GreaterOrEqual(t, i, 0, name)
			names[i] = p.To
		}
		require.Equal(t, tc.pairs.AllNow(tc.names), names, name)
		require.Len(t, tc.pairs.Steps(tc.names), tc.n, name)
	}
}

func TestPairsOfATable(t *testing.T) {
	t.Parallel()
	table := &datasetv1.Table{Columns: []*datasetv1.Column{{Name: "k"}, {Name: "b", RenamedFrom: "a"}, {Name: "a", RenamedFrom: "c"}}}

	require.Equal(t, pairs{{"a", "b"}, {"c", "a"}}, rename.Of(table))
	require.Empty(t, rename.Of(nil))
}

func TestPathsInTurn(t *testing.T) {
	t.Parallel()
	require.Equal(t, []rename.Pair{{"b", "c"}, {"a", "b"}, {"x", "y"}}, pairs{{"a", "b"}, {"b", "c"}, {"x", "y"}}.InTurn())
	require.Empty(t, pairs(nil).InTurn())
}
