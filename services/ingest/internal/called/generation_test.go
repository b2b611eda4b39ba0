package called

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/renamed"
)

// The header as a whole must be of the time as which its names are read.
func TestAHeaderIsOfOneTime(t *testing.T) {
	t.Parallel()
	type r = relation.Rename
	swap, id := []r{{From: "a", To: "b"}, {From: "b", To: "a"}}, r{From: "k", To: "id"}
	now := table([2]string{"id", "k"}, [2]string{"a", "b"}, [2]string{"b", "a"}, [2]string{"c", ""})
	atOnce := ledger(renamed.Step{UpTo: jan, Renames: append([]r{id}, swap...)})
	swapFirst := ledger(renamed.Step{UpTo: jan, Renames: swap}, renamed.Step{UpTo: feb, Renames: []r{id}})
	idFirst := ledger(renamed.Step{UpTo: jan, Renames: []r{id}}, renamed.Step{UpTo: feb, Renames: swap})
	long := table([2]string{"b", "a"}, [2]string{"c", "b"})
	chain := ledger(renamed.Step{UpTo: jan, Renames: []r{{From: "a", To: "b"}, {From: "b", To: "c"}}})
	for name, tc := range map[string]struct {
		history   renamed.History
		asOf      string
		header    []string
		doubt     []string
		telling   []string
		mixed     bool
		exchanged []string
	}{
		"the names of its time, before":                  {atOnce, jan, []string{"k", "a", "b"}, nil, nil, false, nil},
		"the names of its time, after":                   {atOnce, feb, []string{"id", "a", "b"}, nil, nil, false, nil},
		"newer names, before":                            {atOnce, jan, []string{"id", "a", "b"}, []string{"b", "a"}, []string{"id"}, false, nil},
		"older names, after":                             {atOnce, feb, []string{"k", "a", "b"}, []string{"a", "b"}, []string{"k"}, false, nil},
		"one of the two that exchanged, of another time": {atOnce, feb, []string{"k", "b"}, []string{"b"}, []string{"k"}, false, nil},
		"names of both times, before":                    {atOnce, jan, []string{"k", "id", "a"}, []string{"b"}, []string{"id"}, true, nil},
		"names of both times, after":                     {atOnce, feb, []string{"id", "k", "a"}, []string{"a"}, []string{"k"}, true, nil},
		"another name is nobody's doubt":                 {atOnce, feb, []string{"k", "c"}, nil, []string{"k"}, false, nil},
		"names that nobody has tell nothing":             {atOnce, feb, []string{"x", "", "a", "b"}, nil, nil, false, []string{"a", "b"}},
		"an older name, of after the exchange":           {swapFirst, mar, []string{"k", "a", "b"}, nil, []string{"k"}, false, []string{"a", "b"}},
		"a newer name, of before the exchange":           {swapFirst, jan, []string{"id", "a", "b"}, []string{"b", "a"}, []string{"id"}, false, nil},
		"an older name, of before the exchange":          {idFirst, mar, []string{"k", "a", "b"}, []string{"a", "b"}, []string{"k"}, false, nil},
		"a newer name, and the exchange was later":       {idFirst, jan, []string{"id", "a", "b"}, nil, []string{"id"}, false, nil},
	} {
		got := names(now, tc.history).Header(now, tc.header, tc.asOf, jan)
		require.Equal(t, tc.doubt, got.Doubt.Columns, name)
		require.Equal(t, tc.exchanged, got.Exchanged, name)
		if tc.doubt != nil {
			require.Equal(t, tc.telling, got.Doubt.Telling, name)
			require.Equal(t, tc.mixed, got.Doubt.Mixed, name)
		}
	}
	half := names(long, chain).Header(long, []string{"b"}, feb, jan)
	require.Equal(t, []string{"b"}, half.Exchanged, "b was another column before, and nothing tells which is meant")
	require.Equal(t, jan, half.Until)
	require.Empty(t, names(long, chain).Header(long, []string{"b", "c"}, feb, jan).Exchanged, "c tells")
	require.Empty(t, names(long, chain).Header(long, []string{"b"}, mar, feb).Exchanged, "said before")
	require.Equal(t, []string{"k", "b", "a", "c"}, names(now, atOnce).Header(now, []string{"id", "a"}, jan, feb).Doubt.Names)
}
