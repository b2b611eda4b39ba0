package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// pairs is a dataset of one table with a snapshot, which keeps the named columns, all of
// them where none is named.
func pairs(columnsOf []*datasetv1.Column, keeps ...string) *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name: "pairs", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables:    []*datasetv1.Table{{Name: "pairs", Key: []string{"k"}, Columns: append(columns("k", "integer"), columnsOf...)}},
		Snapshots: []*datasetv1.Snapshot{{Name: "kept", From: "pairs", Columns: keeps}},
	}
}

// from declares text columns, each with the name before; "" where it had none.
func from(namesAndBefore ...string) []*datasetv1.Column {
	var out []*datasetv1.Column
	for i := 0; i < len(namesAndBefore); i += 2 {
		out = append(out, &datasetv1.Column{Name: namesAndBefore[i], Type: "text", RenamedFrom: namesAndBefore[i+1]})
	}
	return out
}

func values(rows string) map[string]string { return map[string]string{"pairs": "values " + rows} }

var exchange = []string{`alter table "public"."kept" rename column "b" to "sf_renamed"; alter table "public"."kept" rename column "a" to "b"; alter table "public"."kept" rename column "sf_renamed" to "a"`}

// A ring is carried out once, although the same names stand before and after; January is
// read by the names of its time for ever.
func TestColumnsOfHistoryExchangeTheirNames(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	before, ring := pairs(from("a", "", "b", "")), pairs(from("a", "b", "b", "a"))
	s.deliver(t, before, january, values("(1, 'x', 'y')")).history()
	b := s.deliver(t, ring, january, values("(1, 'y', 'x')")) // a was called b
	early, err := b.prepare()
	require.NoError(t, err)
	_, swappedBack := s.deliver(t, ring, january, values("(1, 'x', 'y')")).prepare()

	b = s.deliver(t, ring, january, values("(1, 'y', 'x')"))
	did, err := b.expand(false, false)
	require.NoError(t, err)
	again, err := b.expand(false, false)
	require.NoError(t, err)
	late := b.history()
	_, swapped := s.deliver(t, ring, january, values("(1, 'x', 'y')")).prepare()
	s.deliver(t, ring, february, values("(1, 'y2', 'x')")).history()
	feb := s.deliver(t, ring, february, values("(1, 'y2', 'x')")).history()

	require.True(t, early[0].GetUnchanged())
	require.Contains(t, requireReason(t, swappedBack, problem.SnapshotDiffers).Message, "1 row differs (1 changed), in b (1), a (1)")
	require.Equal(t, exchange, mends(did))
	require.Empty(t, again)
	require.True(t, late[0].GetUnchanged())
	requireReason(t, swapped, problem.SnapshotDiffers)
	require.True(t, feb[0].GetUnchanged())
	require.Equal(t, []string{"2024-01-31|y|x", "2024-02-29|y2|x"}, s.db.Rows(t, "select as_of, a, b from kept order by 1"))
	require.Equal(t, []string{"k", "b", "a"}, s.entry(t, ring, "kept", january).GetColumns())
	require.Equal(t, []string{"k", "a", "b"}, s.entry(t, ring, "kept", february).GetColumns())
	for _, d := range []*datasetv1.Dataset{ring, before} {
		did, err := s.deliver(t, d, march, nil).expand(false, false)
		require.NoError(t, err)
		require.Empty(t, did, "what stays declared is done, and what is declared no more stays")
	}
	did, err = s.deliver(t, ring, march, nil).expand(false, false)
	require.NoError(t, err)
	require.Equal(t, exchange, mends(did), "declared again, it is another one")
	require.Equal(t, []string{"k", "a", "b"}, s.entry(t, ring, "kept", january).GetColumns())
}

const march = "2024-03-31"

// A snapshot that keeps one column of a ring has a path of it.
func TestASnapshotOfOneColumnOfARing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, pairs(from("a", "", "b", ""), "a"), january, values("(1, 'x', 'y')")).history()
	ring := pairs(from("a", "b", "b", "a"), "b")

	b := s.deliver(t, ring, january, values("(1, 'y', 'x')"))
	prepared, err := b.prepare()
	require.NoError(t, err)
	did, err := b.expand(false, false)
	require.NoError(t, err)

	require.True(t, prepared[0].GetUnchanged())
	require.Equal(t, []string{`alter table "public"."kept" rename column "a" to "b"`}, mends(did))
}

// Where there never was another name nothing is renamed, by the first run or the next.
func TestARingOfASnapshotThatIsNew(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	ring := pairs(from("a", "b", "b", "a"))
	s.deliver(t, ring, january, values("(1, 'x', 'y')")).history()

	b := s.deliver(t, ring, january, values("(1, 'x', 'y')"))
	did, err := b.expand(false, false)
	require.NoError(t, err)

	require.Empty(t, did)
	require.True(t, b.history()[0].GetUnchanged())
	require.Equal(t, []string{"1|x|y"}, s.db.Rows(t, "select k, a, b from kept"))
}

// a → b → c, in one version after the other and in one; every as_of is the same content.
func TestAColumnOfHistoryIsRenamedTwice(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, pairs(from("a", "")), january, values("(1, 'x')")).history()
	for _, d := range []*datasetv1.Dataset{pairs(from("b", "a")), pairs(from("c", "b"))} {
		b := s.deliver(t, d, january, values("(1, 'x')"))
		prepared, err := b.prepare()
		require.NoError(t, err)
		require.True(t, prepared[0].GetUnchanged())
		did, err := b.expand(false, false)
		require.NoError(t, err)
		require.Len(t, did, 1)
		require.True(t, b.history()[0].GetUnchanged())
	}
	require.Equal(t, []string{"k", "c"}, s.entry(t, pairs(from("c", "b")), "kept", january).GetColumns())

	s = newSuite(t)
	s.deliver(t, pairs(from("a", "", "b", "")), january, values("(1, 'x', 'y')")).history()
	path := pairs(from("b", "a", "c", "b"))
	b := s.deliver(t, path, january, values("(1, 'x', 'y')"))
	prepared, err := b.prepare()
	require.NoError(t, err)
	did, err := b.expand(false, false)
	require.NoError(t, err)
	require.True(t, prepared[0].GetUnchanged())
	require.Equal(t, []string{`alter table "public"."kept" rename column "b" to "c"`, `alter table "public"."kept" rename column "a" to "b"`}, mends(did))
	require.True(t, b.history()[0].GetUnchanged())
}
