package layout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/rename"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// called are the orders in which a key and another column were called otherwise; one of the
// two snapshots does not keep the latter.
func called(t *testing.T) []layout.Layout {
	t.Helper()
	d := orders()
	d.Tables[0].Key = []string{"client", "number"}
	c := d.Tables[0].GetColumns()
	c[2].Name, c[2].RenamedFrom = "client", "user_id"
	c[1].Name, c[1].RenamedFrom = "total", "amount"
	layouts, err := layout.Of(d)
	require.NoError(t, err)
	return layouts
}

func was(columns []layout.Column) (names []string) {
	for _, c := range columns {
		names = append(names, c.InHistory())
	}
	return names
}

// What was stamped is found by the names that it has, in its order, whichever these are.
func TestStampedReadsThroughRenames(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stamped, columns, history, gone, without []string
	}{
		"before the rename":    {[]string{"user_id", "number", "note", "amount"}, []string{"client", "number", "note", "total"}, []string{"user_id", "number", "note", "amount"}, nil, nil},
		"after the rename":     {[]string{"client", "number", "total", "note"}, []string{"client", "number", "total", "note"}, []string{"client", "number", "total", "note"}, nil, nil},
		"halfway, by hand":     {[]string{"client", "number", "amount", "note"}, []string{"client", "number", "total", "note"}, []string{"client", "number", "amount", "note"}, nil, nil},
		"before it had a note": {[]string{"user_id", "number", "amount"}, []string{"client", "number", "total"}, []string{"user_id", "number", "amount"}, nil, []string{"note"}},
		"with another column":  {[]string{"user_id", "number", "amount", "note", "weight"}, []string{"client", "number", "total", "note"}, []string{"user_id", "number", "amount", "note"}, []string{"weight"}, nil},
	} {
		l := called(t)[0]

		then, gone := l.Stamped(tc.stamped)

		require.Equal(t, tc.columns, layout.Names(then.Columns()), name)
		require.Equal(t, tc.history, was(then.Columns()), name)
		require.Equal(t, tc.history, layout.Names(then.InHistory().Columns()), name)
		require.Equal(t, was(then.Columns()), layout.Names(then.InHistory().InHistory().Columns()), name)
		require.Equal(t, tc.gone, gone, name)
		require.Equal(t, tc.without, l.Without(tc.stamped), name)
	}
}

// A table that was renamed by hand has the newer names, whatever is recorded.
func TestAmongGoesByTheColumnsThatStand(t *testing.T) {
	t.Parallel()
	then, _ := called(t)[0].Stamped([]string{"user_id", "number", "amount", "note"})

	require.Equal(t, []string{"client", "number", "amount", "note"}, was(then.Among([]string{"client", "number", "as_of", "amount", "note"}).Columns()))
	require.Equal(t, []string{"user_id", "number", "amount", "note"}, was(then.Columns()), "the layout itself is as it was")
}

// Names that another column has by now are passed on, kept by the snapshot or not.
func TestNamesThatArePassedOn(t *testing.T) {
	t.Parallel()
	columns := []*datasetv1.Column{{Name: "k", Type: "text"}, {Name: "net", Type: "text", RenamedFrom: "a"}, {Name: "a", Type: "text", RenamedFrom: "b"}, {Name: "d", Type: "text", RenamedFrom: "e"}}
	for name, tc := range map[string]struct {
		keeps    []string
		all, was rename.Pairs
	}{
		"all":                   {nil, rename.Pairs{{From: "a", To: "net"}, {From: "b", To: "a"}, {From: "e", To: "d"}}, rename.Pairs{{From: "a", To: "net"}}},
		"the one that is new":   {[]string{"a"}, rename.Pairs{{From: "a", To: "net"}, {From: "b", To: "a"}}, rename.Pairs{{From: "a", To: "net"}}},
		"the one that was":      {[]string{"net"}, rename.Pairs{{From: "a", To: "net"}}, nil},
		"another, and none new": {[]string{"d"}, rename.Pairs{{From: "e", To: "d"}}, nil},
	} {
		layouts, err := layout.Of(&datasetv1.Dataset{
			Name: "shop", Tables: []*datasetv1.Table{{Name: "t", Key: []string{"k"}, Columns: columns}},
			Snapshots: []*datasetv1.Snapshot{{Name: "s", From: "t", Columns: tc.keeps}},
		})
		require.NoError(t, err, name)
		require.Equal(t, tc.all, layouts[0].Renames, name)
		require.Equal(t, tc.was, layouts[0].PassedOn(), name)
	}
}

// A snapshot knows of the renames of what it keeps, and never of its own as_of.
func TestRenamesOfASnapshot(t *testing.T) {
	t.Parallel()
	layouts := called(t)
	require.Len(t, layouts[0].Renames, 2)
	require.Len(t, layouts[1].Renames, 1, "it does not keep the total")
	d := orders()
	d.Tables[0].Columns[3] = &datasetv1.Column{Name: "day", Type: "date", RenamedFrom: "as_of"}
	d.Snapshots = d.Snapshots[:1]
	layouts, err := layout.Of(d)
	require.NoError(t, err)
	require.Empty(t, layouts[0].Renames)
}
