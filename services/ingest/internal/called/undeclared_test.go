package called

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/renamed"
)

// A file of a later as_of that has a name which is declared no more is not read by it: it is
// known whose it was, where it is nobody else's and the file lacks the column.
func TestNamesThatAreDeclaredNoMore(t *testing.T) {
	t.Parallel()
	type r = relation.Rename
	k := [2]string{"k", ""}
	now := table(k, [2]string{"c", ""}, [2]string{"e", ""})
	twice := []renamed.Step{{UpTo: jan, Renames: []r{{From: "a", To: "b"}, {From: "d", To: "e"}}}, {UpTo: feb, Renames: []r{{From: "b", To: "c"}}}}
	ring := []renamed.Step{{UpTo: jan, Renames: []r{{From: "c", To: "e"}, {From: "e", To: "c"}}}}
	for name, tc := range map[string]struct {
		steps        []renamed.Step
		asOf         string
		header, want []string // want: earlier, present, earlier, present …
	}{
		"the last but one":             {twice, mar, []string{"k", "b", "e"}, []string{"b", "c"}},
		"the first of three":           {twice, mar, []string{"k", "a", "e"}, []string{"a", "c"}},
		"of two columns":               {twice, mar, []string{"d", "b", "k"}, []string{"d", "e", "b", "c"}},
		"two names of one column":      {twice, mar, []string{"k", "a", "b", "e"}, []string{"a", "c"}},
		"twice the same":               {twice, mar, []string{"k", "b", "b", "e"}, []string{"b", "c"}},
		"beside the present":           {twice, mar, []string{"k", "b", "c", "e"}, nil},
		"the present":                  {twice, mar, []string{"k", "c", "e"}, nil},
		"of its own time":              {twice, feb, []string{"k", "b", "e"}, nil},
		"names that nobody ever had":   {twice, mar, []string{"k", "x", "e"}, nil},
		"columns that exchanged names": {ring, mar, []string{"k", "c"}, nil},
	} {
		got := names(now, renamed.History{Steps: tc.steps}).Header(now, tc.header, tc.asOf, mar)

		var want rename.Pairs
		for i := 0; i < len(tc.want); i += 2 {
			want = append(want, rename.Pair{From: tc.want[i], To: tc.want[i+1]})
		}
		require.Equal(t, want, got.Undeclared, name)
		require.Empty(t, got.Doubt.Columns, name)
	}
}

// A name that a column gave up and another one got, while the file lacks the first: of a
// date that was published it is not guessed which of the two is meant, and of a later one
// it is said.
func TestANameThatAnotherColumnGot(t *testing.T) {
	t.Parallel()
	type r = relation.Rename
	k := [2]string{"k", ""}
	now := table(k, [2]string{"b", ""}, [2]string{"a", ""}, [2]string{"z", ""})
	history := renamed.History{Steps: []renamed.Step{{UpTo: jan, Renames: []r{{From: "a", To: "b"}}}}}
	for name, tc := range map[string]struct {
		asOf   string
		header []string
		passed rename.Pairs
		doubt  []string
		read   []string
	}{
		"of before the rename":        {jan, []string{"k", "a", "z"}, nil, nil, []string{"k", "b", "z"}},
		"of a date that is published": {feb, []string{"k", "a", "z"}, nil, []string{"a"}, []string{"k", "a", "z"}},
		"of a later one":              {mar, []string{"k", "a", "z"}, rename.Pairs{{From: "a", To: "b"}}, nil, []string{"k", "a", "z"}},
		"with both":                   {feb, []string{"k", "a", "b", "z"}, nil, nil, []string{"k", "a", "b", "z"}},
		"with neither":                {feb, []string{"k", "z"}, nil, nil, []string{"k", "z"}},
	} {
		got := names(now, history).Header(now, tc.header, tc.asOf, feb)

		require.Equal(t, tc.passed, got.Passed, name)
		require.Equal(t, tc.doubt, got.Doubt.Columns, name)
		require.Equal(t, tc.read, got.Names, name)
	}
}
