package prose_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/prose"
)

// FuzzNumber reads back what people read.
func FuzzNumber(f *testing.F) {
	for _, seed := range []int64{0, 1, -1, 999, 1000, -1000, 999_999, math.MaxInt64, math.MinInt64} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		said := prose.Number(n)

		back, err := strconv.ParseInt(strings.ReplaceAll(said, ",", ""), 10, 64)
		require.NoError(t, err)
		require.Equal(t, n, back)
		for i, group := range strings.Split(strings.TrimPrefix(said, "-"), ",") {
			if i > 0 {
				require.Len(t, group, 3, said)
			} else {
				require.Contains(t, []int{1, 2, 3}, len(group), said)
			}
		}
	})
}

// FuzzSize holds what a table of sizes relies on: three digits or fewer up to terabytes,
// and no size that reads as less than a smaller one by more than its rounding.
func FuzzSize(f *testing.F) {
	for _, seed := range []int64{0, 999, 1000, 9949, 9950, 999_499, 999_500, 1_000_000, 999_499_999_999} {
		f.Add(seed)
	}
	scale := map[string]float64{"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
	f.Fuzz(func(t *testing.T, n int64) {
		if n < 0 || n > 999_000_000_000_000 {
			t.Skip()
		}
		number, unit, ok := strings.Cut(prose.Size(n), " ")
		require.True(t, ok)
		value, err := strconv.ParseFloat(number, 64)
		require.NoError(t, err)
		require.Contains(t, scale, unit)
		require.LessOrEqual(t, len(strings.ReplaceAll(number, ".", "")), 3, prose.Size(n))
		require.InEpsilon(t, float64(n)+1, value*scale[unit]+1, 0.06, prose.Size(n))
	})
}

// FuzzCut never cuts through a character, and says where it cut.
func FuzzCut(f *testing.F) {
	f.Add("straßen", 6)
	f.Add("", 1)
	f.Add("日本語", 2)
	f.Fuzz(func(t *testing.T, text string, most int) {
		if most < 1 || most > 1000 || !utf8.ValidString(text) {
			t.Skip()
		}
		cut := prose.Cut(text, most)

		require.True(t, utf8.ValidString(cut))
		require.LessOrEqual(t, utf8.RuneCountInString(cut), most)
		if cut != text {
			require.True(t, strings.HasSuffix(cut, "…"))
			require.True(t, strings.HasPrefix(text, strings.TrimSuffix(cut, "…")))
			require.Greater(t, utf8.RuneCountInString(text), most)
		}
	})
}
