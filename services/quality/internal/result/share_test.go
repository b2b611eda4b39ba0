package result

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
)

func TestShareHasTheDigitsOfTheDeclaration(t *testing.T) {
	t.Parallel()
	for mostly, want := range map[float64]string{
		0: "0", 0.5: "50", 0.995: "99.5", 0.29: "29", 0.2900001: "29.00001", 0.07: "7", 0.57: "57", 1e-9: "0.0000001",
		0.999999999999: "99.9999999999", 0.3333333333333333: "33.33333333333333",
	} {
		got, some := share(expectation.Args{Column: "c", Mostly: mostly})
		require.True(t, some)
		require.Equal(t, want, got)
	}
	_, all := share(expectation.Args{Column: "c", Mostly: 1})
	_, table := share(expectation.Args{Mostly: 0.5})
	require.False(t, all || table)
}

func TestAShareThatIsLessIsWrittenAsLess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, whole int64
		decimals    int
		want        string
	}{
		{29, 100, 5, "29"}, {2, 3, 2, "66.66"}, {2, 3, 6, "66.666666"}, {7042, 7043, 2, "99.98"}, {999999, 1000000, 2, "99.99"},
		{0, 5, 2, "0"}, {0, 0, 2, "0"}, {1, 1000, 2, "0.1"}, {1, 100000, 2, "0"}, {5, 5, 2, "100"}, {1, 8, 2, "12.5"},
	} {
		require.Equal(t, c.want, under(c.part, c.whole, c.decimals))
	}
	for whole := int64(1); whole < 200; whole++ {
		for part := range whole {
			asked := float64(part+1) / float64(whole) // the least share that one more would have met
			text, _ := share(expectation.Args{Column: "c", Mostly: asked})
			if asked >= 1 {
				continue
			}
			met, err := strconv.ParseFloat(under(part, whole, decimals(text)), 64)
			require.NoError(t, err)
			least, err := strconv.ParseFloat(text, 64)
			require.NoError(t, err)
			require.Less(t, met, least, "%d of %d", part, whole)
		}
	}
}
