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

func TestCut(t *testing.T) {
	t.Parallel()
	require.Equal(t, "straße", prose.Cut("straße", 6))
	require.Equal(t, "straß…", prose.Cut("straßen", 6))
	require.Empty(t, prose.Cut("", 6))
}

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 1290: "1.3 kB", 9960: "10 kB", 999_400: "999 kB", 999_600: "1.0 MB",
		812_000_000: "812 MB", 1_290_000_000: "1.3 GB", 5_000_000_000_000_000: "5000 TB",
	} {
		require.Equal(t, want, prose.Size(n), n)
	}
}
