package prose_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/prose"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 7043: "7,043", 42258: "42,258", 100000: "100,000", 123456: "123,456", 1234567: "1,234,567",
		-7: "-7", -100: "-100", -999: "-999", -1000: "-1,000", -7043: "-7,043", -123456: "-123,456",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		require.Equal(t, want, prose.Number(n))
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 rows", 1: "1 row", 2: "2 rows", 999: "999 rows", 7043: "7,043 rows", 1234567: "1,234,567 rows", -1: "-1 rows",
	} {
		require.Equal(t, want, prose.Count(n, "row"))
	}
	require.Equal(t, "1 table", prose.Count(1, "table"))
}
