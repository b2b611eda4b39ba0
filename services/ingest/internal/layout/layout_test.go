package layout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/layout"
)

var (
	users   = relation.Relation{Schema: "public", Name: "users"}
	integer = dataset.ColumnType{Name: dataset.Integer}
)

// table declares users by id, with columns a and b.
func table(renames ...rename.Pair) *declared.Table {
	return &declared.Table{Name: "users", Live: users, Key: []string{"id"}, Renames: renames, Columns: []declared.Column{
		{Name: "id", Type: integer, Key: true}, {Name: "a", Type: integer}, {Name: "b", Type: integer},
	}}
}

// What a table looks like is told by the numbers of its columns, and recorded with those of
// its key; there is none of what is no table.
func TestTheLayoutOfATable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `create table users (b int, gone int, "A ""b" varchar(5), id bigint primary key, unique (id, b)); alter table users drop column gone;
		create unique index on users (b) where b > 0; create unique index on users (abs(b)); create index on users ("A ""b");
		create table parts (id int) partition by range (id); create view seen as select 1 as id`)
	name := func(n string) relation.Relation { return relation.Relation{Schema: "public", Name: n} }

	got, err := layout.Of(t.Context(), db.Pool(t, "sf_ingest"), users, name("none"), name("seen"), name("parts"))
	require.NoError(t, err)
	again, err := layout.Read(got[0].Recorded([]string{"id", "b"}))
	require.NoError(t, err)

	columns := []layout.Column{{1, "b", "integer"}, {3, `A "b`, "character varying(5)"}, {4, "id", "bigint"}}
	require.Equal(t, columns, got[0].Columns)
	require.ElementsMatch(t, [][]int{{4}, {1, 4}}, got[0].Keys)
	require.Nil(t, got[1])
	require.Nil(t, got[2])
	require.Equal(t, []layout.Column{{1, "id", "integer"}}, got[3].Columns)
	require.Equal(t, &layout.Layout{OID: got[0].OID, Columns: columns, Key: []int{1, 4}}, again)
	require.Empty(t, got[1].Recorded(nil), "of no table")
}

func TestARecordThatCannotBeRead(t *testing.T) {
	t.Parallel()
	none, err := layout.Read("")
	require.NoError(t, err)
	_, broken := layout.Read("{")

	require.Nil(t, none)
	require.ErrorContains(t, broken, "read the layout of a table")
}

// Each change is said, but for those that the declaration asks for.
func TestChangesOfALayout(t *testing.T) {
	t.Parallel()
	left := func() *layout.Layout {
		return &layout.Layout{OID: 7, Columns: []layout.Column{{1, "id", "integer"}, {2, "a", "integer"}, {3, "b", "integer"}}, Key: []int{1}}
	}
	for name, tc := range map[string]struct {
		change func(l *layout.Layout)
		table  *declared.Table
		want   []string
	}{
		"none":    {func(*layout.Layout) {}, table(), nil},
		"dropped": {func(l *layout.Layout) { l.Columns = l.Columns[:2] }, table(), []string{"lost its column b"}},
		"another of the name": {func(l *layout.Layout) { l.Columns[2].Number = 4 }, table(),
			[]string{"lost its column b, and another stands under the name"}},
		"renamed":                   {func(l *layout.Layout) { l.Columns[2].Name = "c" }, table(), []string{"has its column b renamed to c"}},
		"renamed as it is declared": {func(l *layout.Layout) { l.Columns[1].Name, l.Columns[2].Name = "z", "a" }, table(rename.Pair{From: "a", To: "z"}), []string{"has its column b renamed to a"}},
		"exchanged, and so declared": {func(l *layout.Layout) { l.Columns[1].Name, l.Columns[2].Name = "b", "a" }, table(rename.Pair{From: "a", To: "b"}, rename.Pair{From: "b", To: "a"}),
			[]string{"has its column a renamed to b", "has its column b renamed to a"}}, // a version's run would have recorded it
		"another type":               {func(l *layout.Layout) { l.Columns[2].Type = "text" }, table(), []string{"has its column b as text, which was integer"}},
		"renamed, of another type":   {func(l *layout.Layout) { l.Columns[2] = layout.Column{Number: 3, Name: "c", Type: "text"} }, table(), []string{"has its column b renamed to c, has its column c as text, which was integer"}},
		"added":                      {func(l *layout.Layout) { l.Columns = append(l.Columns, layout.Column{Number: 4, Name: "c"}) }, table(), []string{"has a column c that nobody declares"}},
		"without a key":              {func(l *layout.Layout) { l.Keys = nil }, table(), []string{"has no primary key or unique index on (id) any more"}},
		"another key":                {func(l *layout.Layout) { l.Keys = [][]int{{2}} }, table(), []string{"has no primary key or unique index on (id) any more"}},
		"made anew":                  {func(l *layout.Layout) { l.OID, l.Columns[1].Number, l.Columns[2].Number = 8, 3, 2 }, table(), nil},
		"made anew, lacking columns": {func(l *layout.Layout) { l.OID, l.Columns, l.Keys = 8, l.Columns[2:], nil }, table(), []string{"lost its column id", "lost its column a", "has no primary key or unique index on (id) any more"}},
		"made anew with more":        {func(l *layout.Layout) { l.OID, l.Columns = 8, append(l.Columns, layout.Column{Number: 2, Name: "c"}) }, table(), []string{"has a column c that nobody declares"}},
		"of no column declared":      {func(l *layout.Layout) { l.Columns = l.Columns[:1] }, &declared.Table{Key: []string{"id"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := left()
			found.Key, found.Keys = nil, [][]int{{1}}
			tc.change(found)

			require.Equal(t, tc.want, found.Changes(left(), tc.table))
		})
	}
}

// A record follows what a version alters, and nothing else: a column that was dropped and is
// added again has not the values that it had.
func TestARecordFollows(t *testing.T) {
	t.Parallel()
	l := &layout.Layout{OID: 7, Columns: []layout.Column{{1, "id", "integer"}, {2, "a", "integer"}, {3, "b", "integer"}}}
	found := &layout.Layout{OID: 7, Columns: []layout.Column{{1, "id", "bigint"}, {3, "a", "integer"}, {5, "b", "integer"}, {6, "c", "text"}}}

	l.Renamed(rename.Pairs{{From: "a", To: "b"}, {From: "b", To: "a"}})
	l.Altered(found, []string{"id", "b", "c", "none"})

	require.Equal(t, []layout.Column{{1, "id", "bigint"}, {2, "b", "integer"}, {3, "a", "integer"}, {6, "c", "text"}}, l.Columns)
}

// Renames of a key's column are told with the way back, where there is one.
func TestAKeyThatMoved(t *testing.T) {
	t.Parallel()
	recorded := &layout.Layout{OID: 7, Columns: []layout.Column{{1, "id", "integer"}, {2, "a", "integer"}, {3, "b", "integer"}}, Key: []int{1}}
	for name, tc := range map[string]struct {
		found   layout.Layout
		renames []rename.Pair
		want    rename.Pairs
		back    []rename.Pair
	}{
		"as it was":         {layout.Layout{OID: 7, Columns: recorded.Columns}, nil, nil, nil},
		"others":            {layout.Layout{OID: 7, Columns: []layout.Column{{1, "id", ""}, {2, "b", ""}, {3, "a", ""}}}, nil, nil, nil},
		"exchanged":         {layout.Layout{OID: 7, Columns: []layout.Column{{1, "a", ""}, {2, "id", ""}}}, nil, rename.Pairs{{From: "a", To: "id"}, {From: "id", To: "a"}}, []rename.Pair{{From: "a", To: "sf_renamed"}, {From: "id", To: "a"}, {From: "sf_renamed", To: "id"}}},
		"renamed":           {layout.Layout{OID: 7, Columns: []layout.Column{{1, "x", ""}}}, nil, rename.Pairs{{From: "x", To: "id"}}, []rename.Pair{{From: "x", To: "id"}}},
		"declared":          {layout.Layout{OID: 7, Columns: []layout.Column{{1, "x", ""}}}, []rename.Pair{{From: "id", To: "x"}}, nil, nil},
		"another took it":   {layout.Layout{OID: 7, Columns: []layout.Column{{1, "x", ""}, {4, "id", ""}}}, nil, rename.Pairs{{From: "x", To: "id"}}, nil},
		"of one made anew":  {layout.Layout{OID: 8, Columns: []layout.Column{{1, "a", ""}, {2, "id", ""}}}, nil, nil, nil},
		"the key's is gone": {layout.Layout{OID: 7, Columns: []layout.Column{{2, "id", ""}}}, nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pairs := tc.found.MovedKey(recorded, table(tc.renames...))

			require.Equal(t, tc.want, pairs)
			require.Equal(t, tc.back, tc.found.Back(pairs))
		})
	}
}
