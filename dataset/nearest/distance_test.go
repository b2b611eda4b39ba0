package nearest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		most int
		want int
	}{
		{"", "", 3, 0}, {"a", "", 3, 1}, {"", "abc", 9, 3}, {"abc", "abc", 0, 0}, {"type", "tpye", 3, 1}, {"type", "tpyes", 3, 2},
		{"kitten", "sitting", 9, 3}, {"kitten", "sitting", 3, 3}, {"kitten", "sitting", 2, 3}, {"abcd", "badc", 2, 2}, {"abcd", "badc", 1, 2},
		{"abcdefgh", "xxxxxxxx", 1, 2}, {"abcdefgh", "xxxxxxxx", 9, 8},
	} {
		require.Equal(t, c.want, distance(c.a, c.b, c.most), "%s %s within %d", c.a, c.b, c.most)
		require.Equal(t, c.want, distance(c.b, c.a, c.most), "the other way round")
	}
}

// The shortcut never changes what is found within the limit.
func FuzzDistance(f *testing.F) {
	f.Add("type", "tpye", 1)
	f.Add("abcd", "badc", 2)
	f.Fuzz(func(t *testing.T, a, b string, most int) {
		if len(a) > longest || len(b) > longest || most < 0 || most > longest {
			t.Skip("longer than any name")
		}
		all := distance(a, b, 2*longest)
		require.Equal(t, min(all, most+1), distance(a, b, most))
		require.Equal(t, all, distance(b, a, 2*longest))
	})
}
