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

func TestFaultsAgreeWithTheirNumber(t *testing.T) {
	t.Parallel()
	require.Equal(t, "is not a date", verb("is not a date", 1))
	require.Equal(t, "are not a date", verb("is not a date", 2))
	require.Equal(t, "have digits", verb("has digits", 2))
	require.Equal(t, "hold a NUL", verb("holds a NUL", 2))
	require.Equal(t, "odd", verb("odd", 2))
}
