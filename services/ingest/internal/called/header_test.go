package called

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/renamed"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// table has columns, each written "name" or "name<earlier".
func table(columns ...[2]string) *declared.Table {
	t := &declared.Table{Name: "t"}
	for _, c := range columns {
		t.Columns = append(t.Columns, declared.Column{Name: c[0]})
		if c[1] != "" {
			t.Renames = append(t.Renames, rename.Pair{From: c[1], To: c[0]})
		}
	}
	return t
}

func ledger(steps ...renamed.Step) renamed.History {
	h := renamed.History{Steps: steps}
	for _, s := range steps {
		h.Standing = append(h.Standing, s.Renames...)
	}
	return h
}

const jan, feb, mar = "2024-01-31", "2024-02-29", "2024-03-31"

func TestHeadersAreReadThroughRenames(t *testing.T) {
	t.Parallel()
	type r = relation.Rename
	k := [2]string{"k", ""}
	one, path := table(k, [2]string{"b", "a"}), table(k, [2]string{"b", "a"}, [2]string{"c", "b"})
	ring := table(k, [2]string{"a", "b"}, [2]string{"b", "a"})
	twice := table(k, [2]string{"c", "b"})
	reused := table(k, [2]string{"b", ""}, [2]string{"a", ""})
	ab, bc, ba := r{From: "a", To: "b"}, r{From: "b", To: "c"}, r{From: "b", To: "a"}
	// closed has an exchange that was declared no more, and what was renamed since.
	closed := func(steps ...renamed.Step) renamed.History {
		h := ledger(steps...)
		h.Steps = append([]renamed.Step{{UpTo: jan, Renames: []r{ab, ba}}}, h.Steps...)
		return h
	}
	for name, tc := range map[string]struct {
		table           *declared.Table
		ledger          renamed.History
		asOf, published string
		header, want    []string
		late            bool
		both            rename.Pairs
	}{
		"the older name, of a column yet to be renamed":    {one, ledger(), feb, jan, []string{"a", "k"}, []string{"b", "k"}, true, nil},
		"the older name, of an earlier as_of":              {one, ledger(), jan, feb, []string{"a", "k"}, []string{"b", "k"}, false, nil},
		"the older name, after the rename":                 {one, ledger(renamed.Step{UpTo: feb, Renames: []r{ab}}), jan, mar, []string{"k", "a"}, []string{"k", "b"}, false, nil},
		"the older name, of a later as_of":                 {one, ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), feb, feb, []string{"k", "a"}, []string{"k", "b"}, true, nil},
		"the newer name":                                   {one, ledger(), jan, feb, []string{"k", "b"}, []string{"k", "b"}, false, nil},
		"neither":                                          {one, ledger(), jan, feb, []string{"k"}, []string{"k"}, false, nil},
		"both names":                                       {one, ledger(), jan, feb, []string{"k", "a", "b"}, []string{"k", "a", "b"}, false, rename.Pairs{{From: "a", To: "b"}}},
		"a path, by the older names":                       {path, ledger(), jan, jan, []string{"k", "a", "b"}, []string{"k", "b", "c"}, false, nil},
		"a path, by the older names and of a later as_of":  {path, ledger(), feb, jan, []string{"k", "a", "b"}, []string{"k", "b", "c"}, true, nil},
		"a path, by the newer names":                       {path, ledger(), jan, jan, []string{"k", "b", "c"}, []string{"k", "b", "c"}, false, nil},
		"a path of which one stands, of an earlier as_of":  {path, ledger(), jan, jan, []string{"k", "b"}, []string{"k", "c"}, false, nil},
		"a path of which one stands, of a later as_of":     {path, ledger(), feb, jan, []string{"k", "b"}, []string{"k", "b"}, false, nil},
		"renamed twice, the first name":                    {twice, ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), jan, feb, []string{"k", "a"}, []string{"k", "c"}, false, nil},
		"renamed twice, the second":                        {twice, ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}, renamed.Step{UpTo: feb, Renames: []r{bc}}), feb, mar, []string{"k", "b"}, []string{"k", "c"}, false, nil},
		"renamed twice, the first name in a later file":    {twice, ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), mar, feb, []string{"k", "a"}, []string{"k", "a"}, false, nil},
		"exchanged, of an earlier as_of":                   {ring, ledger(), jan, jan, []string{"k", "a", "b"}, []string{"k", "b", "a"}, false, nil},
		"exchanged, of a later as_of":                      {ring, ledger(), feb, jan, []string{"k", "a", "b"}, []string{"k", "a", "b"}, false, nil},
		"exchanged before anything was published":          {ring, ledger(), jan, "", []string{"k", "a", "b"}, []string{"k", "a", "b"}, false, nil},
		"exchanged long ago, of an earlier as_of":          {ring, ledger(renamed.Step{UpTo: jan, Renames: []r{ab, ba}}), jan, mar, []string{"k", "a", "b"}, []string{"k", "b", "a"}, false, nil},
		"exchanged long ago, of a later as_of":             {ring, ledger(renamed.Step{UpTo: jan, Renames: []r{ab, ba}}), feb, mar, []string{"k", "a", "b"}, []string{"k", "a", "b"}, false, nil},
		"taken back":                                       {table(k, [2]string{"a", "b"}), ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), jan, feb, []string{"k", "a"}, []string{"k", "a"}, false, nil},
		"a name that was given away, of an earlier as_of":  {reused, ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), jan, mar, []string{"k", "a"}, []string{"k", "b"}, false, nil},
		"a name that was given away, of a later as_of":     {reused, ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), feb, mar, []string{"k", "a"}, []string{"k", "a"}, false, nil},
		"a name that was given away, and both of them now": {reused, ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), jan, mar, []string{"k", "a", "b"}, []string{"k", "a", "b"}, false, nil},
		// b has been renamed to c since a and b exchanged their names, and a took the name b.
		"a path after an exchange, by the older names":   {path, closed(), mar, feb, []string{"k", "a", "b"}, []string{"k", "b", "c"}, true, nil},
		"a path after an exchange, carried out":          {path, closed(renamed.Step{UpTo: feb, Renames: []r{ab, bc}}), mar, feb, []string{"k", "a", "b"}, []string{"k", "b", "c"}, true, nil},
		"a path after an exchange, by the present names": {path, closed(renamed.Step{UpTo: feb, Renames: []r{ab, bc}}), mar, feb, []string{"k", "c", "b"}, []string{"k", "c", "b"}, false, nil},
		"a path after an exchange, of a date between":    {path, closed(renamed.Step{UpTo: feb, Renames: []r{ab, bc}}), feb, mar, []string{"k", "a", "b"}, []string{"k", "b", "c"}, false, nil},
		"a path after an exchange, of a date before":     {path, closed(renamed.Step{UpTo: feb, Renames: []r{ab, bc}}), jan, mar, []string{"k", "a", "b"}, []string{"k", "c", "b"}, false, nil},
		"no longer declared, of a later as_of":           {table(k, [2]string{"b", ""}), ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), feb, feb, []string{"k", "a"}, []string{"k", "a"}, false, nil},
		"no longer declared, of an earlier as_of":        {table(k, [2]string{"b", ""}), ledger(renamed.Step{UpTo: jan, Renames: []r{ab}}), jan, feb, []string{"k", "a"}, []string{"k", "b"}, false, nil},
	} {
		got := names(tc.table, tc.ledger).Header(tc.table, tc.header, tc.asOf, tc.published)
		require.Equal(t, tc.want, got.Names, name)
		require.Equal(t, tc.late, got.Late, name)
		require.Equal(t, tc.both, got.Both, name)
		require.Equal(t, len(got.Older) > 0, !equal(tc.want, tc.header), name)
	}
}

func equal(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestARingIsWantedOnce(t *testing.T) {
	t.Parallel()
	ring := table([2]string{"a", "b"}, [2]string{"b", "a"}, [2]string{"c", "d"})
	carried := ledger(renamed.Step{Renames: Renames(ring.Renames)})

	all, path := ring.Renames, ring.Renames[2:]
	open := func(h renamed.History) rename.Pairs { return names(ring, h).Wanted }
	require.Equal(t, all, open(renamed.History{}))
	require.Equal(t, path, open(carried), "what stands tells of the path")
	carried.Standing = nil
	require.Equal(t, all, open(carried), "declared anew")
}
