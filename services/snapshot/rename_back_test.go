package snapshot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Renames that never came to history, since their run failed, are taken back by a version
// that declares them the other way round: history has these names already, and what it was
// stamped with is called as it was. A path passes a name on, so that the same name stands
// before and after.
func TestRenamesAreTakenBackThatHistoryNeverHad(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before, back []*datasetv1.Column
		columns      []string
	}{
		"a column": {from("a", ""), from("a", "d"), []string{"k", "a"}},
		"a path":   {from("a", "", "b", ""), from("a", "b", "b", "c"), []string{"k", "a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			row := "(1, 'x', 'y')"
			if len(tc.columns) == 2 {
				row = "(1, 'x')"
			}
			first := s.deliver(t, pairs(tc.before), january, values(row)).history()
			b := s.deliver(t, pairs(tc.back), january, values(row))

			did, err := b.expand(false, false)
			require.NoError(t, err)
			again := b.history()
			next := s.deliver(t, pairs(tc.back), february, values(row)).history()

			require.Empty(t, did)
			require.True(t, again[0].GetUnchanged())
			require.Equal(t, first[0].GetSnapshot().GetContentHash(), next[0].GetSnapshot().GetContentHash())
			require.Equal(t, tc.columns, s.entry(t, pairs(tc.back), "kept", january).GetColumns())
			require.Equal(t, tc.columns, s.entry(t, pairs(tc.back), "kept", february).GetColumns())
			require.Empty(t, s.db.Rows(t, "select from sf_snapshot.called"))
		})
	}
}

// What a check says of names, before the run that renames history, after it, and of a
// version that declares it no more.
func TestACheckSaysWhatWasRenamedInHistory(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	plain, ring := pairs(from("a", "", "b", "")), pairs(from("a", "b", "b", "a"))
	s.deliver(t, plain, january, values("(1, 'x', 'y')")).history()
	said := func(d *datasetv1.Dataset) string {
		c := s.check(t, d)[0]
		text := strings.Join(c.GetColumns(), " ") + "; renamed"
		for _, r := range c.GetRenamed() {
			text += " " + r.GetFrom() + ">" + r.GetTo()
		}
		text += "; renames"
		for _, r := range c.GetRenames() {
			text += " " + r.GetFrom() + ">" + r.GetTo()
		}
		return text
	}

	require.Equal(t, "k as_of a b; renamed; renames", said(plain))
	require.Equal(t, "k as_of a b; renamed; renames b>a a>b", said(ring))
	_, err := s.deliver(t, ring, february, nil).expand(false, false)
	require.NoError(t, err)
	require.Equal(t, "k as_of b a; renamed b>a a>b; renames", said(ring))
	require.Equal(t, "k as_of b a; renamed b>a a>b; renames", said(plain), "until a run of it")
	_, err = s.deliver(t, plain, february, nil).expand(false, false)
	require.NoError(t, err)
	require.Equal(t, "k as_of b a; renamed; renames", said(plain))
}
