package snapshot_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// A snapshot of one column, whose name another column has by the next version: history has
// the values of the one, and never takes those of the other under the same name.
func TestANameOfHistoryIsPassedOn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		columns []*datasetv1.Column
		net     string // what history's column a is called by then
	}{
		"along a path": {from("net", "a", "a", "b"), "net"},
		"in a ring":    {from("a", "b", "b", "a"), "b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, pairs(from("a", "", "b", ""), "a"), january, values("(1, 'net1', 'gross1')")).history()
			rows := map[bool]string{true: "(1, 'net2', 'gross2')", false: "(1, 'gross2', 'net2')"}[tc.net == "net"]

			alone, both := pairs(tc.columns, "a"), pairs(tc.columns, "a", tc.net)
			found := differences(s.check(t, alone)[0])
			_, refused := s.deliver(t, alone, february, values(rows)).prepare()
			b := s.deliver(t, both, february, values(rows))
			_, err := b.expand(false, false)
			require.NoError(t, err)
			b.history()

			require.Equal(t, []string{fmt.Sprintf(`expected no column %s, found it as a, from which it is renamed: what history has as a is not what the dataset calls so by now`, tc.net) +
				" → keep it in the snapshot (declared with optional: true, files may come without it), or give the snapshot another name, whose history begins anew, without it; " +
				"do not drop it: dates were stamped with it, and without it none of them is what was stamped"}, found)
			requireReason(t, refused, problem.SnapshotTableDiffers)
			require.Equal(t, []string{"2024-01-31|net1|<null>", "2024-02-29|net2|gross2"},
				s.db.Rows(t, "select as_of, "+tc.net+", a from kept order by 1"))
			require.Empty(t, differences(s.check(t, both)[0]))
			require.Empty(t, s.check(t, both)[0].GetExpansions(), "it is done")
			require.Equal(t, []string{"k", tc.net}, s.entry(t, both, "kept", january).GetColumns())
		})
	}
}

// Whoever does not want the values any more drops their column, and the name begins anew.
func TestANameOfHistoryBeginsAnew(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, pairs(from("a", "", "b", ""), "a"), january, values("(1, 'x1', 'y1')")).history()
	ring := pairs(from("a", "b", "b", "a"), "a")
	s.db.Exec(t, `drop view kept_revisions; alter table kept drop column a`)

	b := s.deliver(t, ring, february, values("(1, 'y2', 'x2')"))
	_, err := b.expand(false, false)
	require.NoError(t, err)
	b.history()

	require.Equal(t, []string{"2024-01-31|<null>", "2024-02-29|y2"}, s.db.Rows(t, "select as_of, a from kept order by 1"))
	require.Empty(t, differences(s.check(t, ring)[0]))
	more := pairs(from("a", "b", "b", "a"), "a", "b")
	b = s.deliver(t, more, march, values("(1, 'y3', 'x3')"))
	_, err = b.expand(false, false)
	require.NoError(t, err)
	b.history()
	require.Equal(t, []string{"2024-01-31|<null>|<null>", "2024-02-29|y2|<null>", "2024-03-31|y3|x3"},
		s.db.Rows(t, "select as_of, a, b from kept order by 1"), "a snapshot that keeps more does not exchange what was")
}

// A history that was made of such a snapshot has nothing to be renamed.
func TestANamePassedOnBeforeThereWasHistory(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := pairs(from("net", "a", "a", "b"), "a")
	s.deliver(t, d, january, values("(1, 'net1', 'gross1')")).history()

	require.Empty(t, differences(s.check(t, d)[0]))
	require.Empty(t, s.check(t, d)[0].GetExpansions())
	s.deliver(t, d, february, values("(1, 'net2', 'gross2')")).history()
	require.Equal(t, []string{"gross1", "gross2"}, s.db.Rows(t, "select a from kept order by as_of"))
}

// TestHistoryFollowsWhatItsColumnsMean takes random plans of renames, paths and rings, and
// snapshots that keep parts of the columns. Every value says whose it is.
func TestHistoryFollowsWhatItsColumnsMean(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := &meanings{suite: newSuite(t), random: rand.New(rand.NewPCG(seed, 27)), asOf: time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)}
			m.call()
			m.keep = m.some()
			m.run(t, false)
			for range 4 {
				m.version(t)
			}
		})
	}
}

// meanings is the model: what every column is called, by its number, and which of them
// history has values of in which as_of.
type meanings struct {
	suite     *suite
	random    *rand.Rand
	asOf      time.Time // the first of the month after the last that was delivered
	now, then []string
	keep      []int
	kept      []int
	stamped   map[string][]int
}

// call gives three columns other names out of four.
func (m *meanings) call() {
	names := []string{"a", "b", "c", "d"}
	m.random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	m.then, m.now = m.now, names[:3]
}

func (m *meanings) some() []int { return m.random.Perm(3)[:1+m.random.IntN(3)] }

// version calls columns otherwise and keeps others: what history has and the snapshot does
// not keep is refused, and nothing else is. Then one follows that declares no rename.
func (m *meanings) version(t *testing.T) {
	t.Helper()
	m.call()
	m.keep = m.some()
	var lacks []int
	for _, c := range m.kept {
		if !slices.Contains(m.keep, c) {
			lacks = append(lacks, c)
		}
	}
	require.Len(t, m.suite.check(t, m.dataset(true))[0].GetDifferences(), len(lacks), "%v to %v, kept %v, keeps %v", m.then, m.now, m.kept, m.keep)
	m.keep = append(m.keep, lacks...)
	require.Empty(t, differences(m.suite.check(t, m.dataset(true))[0]))
	m.run(t, true)
	if m.random.IntN(2) == 0 {
		m.keep = append(m.keep, m.random.IntN(3)) // while the renames are declared still
		m.keep = slices.Compact(slices.Sorted(slices.Values(m.keep)))
		m.run(t, true)
	}
	m.run(t, false)
}

func (m *meanings) dataset(renamed bool) *datasetv1.Dataset {
	var named, keeps []string
	for i, name := range m.now {
		before := ""
		if renamed && m.then[i] != name {
			before = m.then[i]
		}
		named = append(named, name, before)
	}
	for _, c := range m.keep {
		keeps = append(keeps, m.now[c])
	}
	return pairs(from(named...), keeps...)
}

// run delivers the next as_of, and looks at all of history.
func (m *meanings) run(t *testing.T, renamed bool) {
	t.Helper()
	m.asOf = m.asOf.AddDate(0, 1, 0)
	day := m.asOf.AddDate(0, 0, -1).Format(time.DateOnly)
	b := m.suite.deliver(t, m.dataset(renamed), day, values(fmt.Sprintf("(1, '0 %[1]s', '1 %[1]s', '2 %[1]s')", day)))
	_, err := b.expand(false, false)
	require.NoError(t, err)
	b.history()
	if m.stamped == nil {
		m.stamped = map[string][]int{}
	}
	m.kept, m.stamped[day] = m.keep, slices.Clone(m.keep)
	for _, c := range m.keep {
		var want []string
		for _, d := range slices.Sorted(maps.Keys(m.stamped)) {
			if slices.Contains(m.stamped[d], c) {
				want = append(want, fmt.Sprintf("%d %s", c, d))
			}
		}
		got := m.suite.db.Rows(t, "select "+m.now[c]+" from kept where "+m.now[c]+" is not null order by as_of")
		require.Equal(t, want, got, "column %s, %s", m.now[c], strings.Join(m.now, " "))
	}
}

// What a date was stamped without is said by the names of now, also where a ring of names,
// of which the snapshot keeps a part, was carried out: nothing is lacking then.
func TestWhatWasStampedWithoutAfterARing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	before := pairs(from("a", "", "b", "", "c", ""), "a", "b")
	s.deliver(t, before, january, values("(1, 'x', 'y', 'z')")).history()
	// What was a is b by now, what was b is c, and what was c is a.
	ring := pairs(from("b", "a", "c", "b", "a", "c"), "b", "c")

	b := s.deliver(t, ring, january, values("(1, 'x', 'y', 'z')"))
	_, err := b.expand(false, false)
	require.NoError(t, err)
	again := b.history()
	next := s.deliver(t, ring, february, values("(1, 'x', 'y', 'z')")).history()

	for _, st := range append(again, next...) {
		require.Empty(t, st.GetWithout(), "%s", st.GetSnapshot().GetAsOf())
	}
	require.True(t, again[0].GetUnchanged())
	require.Equal(t, []string{"2024-01-31|x|y", "2024-02-29|x|y"}, s.db.Rows(t, "select as_of, b, c from kept order by 1"))
}
