package stage

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListsForPeople(t *testing.T) {
	t.Parallel()
	require.Empty(t, list(nil))
	require.Equal(t, "a", list([]string{"a"}))
	require.Equal(t, "a and b", list([]string{"a", "b"}))
	require.Equal(t, "a, b and c", list([]string{"a", "b", "c"}))
	require.Equal(t, "line 2", lines([]int64{2}, 1))
	require.Equal(t, "lines 2 and 7", lines([]int64{2, 7}, 2))
	require.Equal(t, "lines 2, 7 and 3 more", lines([]int64{2, 7}, 5))
}

func TestLongHeadersAreCutShort(t *testing.T) {
	t.Parallel()
	names := strings.Split(strings.Repeat("x ", 19)+"x", " ")

	require.Equal(t, strings.Repeat("x, ", 11)+"x and 8 more", brief(names))
	require.Equal(t, "x, x and x", brief(names[:3]))
}

func TestValuesAreCutAndMadeStorable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "plain", cut([]byte("plain")))
	require.Equal(t, "a\u2400b", cut([]byte("a\x00b")))
	require.Equal(t, "caf<0xE9>", cut([]byte("caf\xe9")))
	require.Equal(t, "a\uFFFDb", cut([]byte("a\uFFFDb")), "a replacement character that was delivered is one")
	require.Equal(t, strings.Repeat("é", maxShown)+"…", cut([]byte(strings.Repeat("é", 5000))))
	require.Equal(t, strings.Repeat("x", maxQuoted)+"…", quotable(strings.Repeat("x", 100)))
}

func TestOrphansOfRejectedRowsAskForTheRows(t *testing.T) {
	t.Parallel()
	const missing = "Deliver the missing rows in people.csv, or leave their children out."
	const others = "Deliver the other missing rows in people.csv, or leave their children out."
	of := func(keys ...string) (out []orphan) {
		for _, k := range keys {
			out = append(out, orphan{refers: []string{k}})
		}
		return out
	}
	for name, tc := range map[string]struct {
		rejected map[string]int64
		rows, n  int64
		orphans  []orphan
		want     string
	}{
		"none rejected":    {nil, 0, 1, of("a"), missing},
		"its parent":       {map[string]int64{"a": 3}, 1, 2, of("a", "a"), "Correct line 3 of people.csv, which the rows here refer to and which did not pass (ROWS_REJECTED)."},
		"their parents":    {map[string]int64{"a": 9, "b": 3}, 2, 2, of("a", "b"), "Correct lines 3 and 9 of people.csv, which the rows here refer to and which did not pass (ROWS_REJECTED)."},
		"and others":       {map[string]int64{"a": 3}, 1, 2, of("a", "z"), "Correct line 3 of people.csv, which the rows here refer to and which did not pass (ROWS_REJECTED). " + others},
		"more than listed": {map[string]int64{"a": 3}, 1, 9, of("a"), "Correct line 3 of people.csv, which the rows here refer to and which did not pass (ROWS_REJECTED). " + others},
		"without keys":     {nil, 2, 1, of("a"), "Correct the rejected rows of people.csv first: the missing ones may be among them. " + others},
	} {
		parent := newDelivery(people)
		parent.rejects.rows = tc.rows
		if tc.rejected != nil {
			parent.rejects.lineOf = tc.rejected
		}

		require.Equal(t, tc.want, mendOrphans(tc.orphans, tc.n, parent), name)
	}
}

func TestFaultsAgreeWithTheirNumber(t *testing.T) {
	t.Parallel()
	require.Equal(t, "is not a date", verb("is not a date", 1))
	require.Equal(t, "are not a date", verb("is not a date", 2))
	require.Equal(t, "have digits", verb("has digits", 2))
	require.Equal(t, "hold a NUL", verb("holds a NUL", 2))
	require.Equal(t, "odd", verb("odd", 2))
}
