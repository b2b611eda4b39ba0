package exact_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/exact"
)

func TestFloat(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]float64{
		"0": 0, "-0": 0, "0.0e99": 0, "1": 1, "-1.50": -1.5, "0.1": 0.1, "0.10": 0.1, "1e3": 1000, "1E-3": 0.001,
		"9007199254740992": 1 << 53, "100000000000000000000": 1e20, "1.7976931348623157e308": math.MaxFloat64, "5e-324": 5e-324,
	} {
		got, ok := exact.Float(written)
		require.True(t, ok, written)
		require.InDelta(t, want, got, 0, written)
		require.False(t, math.Signbit(got) && got == 0, written)
	}
	for _, written := range []string{
		"9007199254740993", "-9007199254740993", "9007199254740993.0", "0.1000000000000000055", "12345678901234567890123", "1e-400", "1e400", "1e999999999", "0.1234567890123456789",
		"", "x", "NaN", "Inf", "1_0", "0x",
	} {
		_, ok := exact.Float(written)
		require.False(t, ok, written)
	}
}

func FuzzFloat(f *testing.F) {
	for _, written := range []string{"9007199254740993", "0.1", "1e-400", "-0", "1e309"} {
		f.Add(written)
	}
	f.Fuzz(func(t *testing.T, written string) {
		got, ok := exact.Float(written)
		if !ok {
			return
		}
		again, same := exact.Float(strconv.FormatFloat(got, 'e', -1, 64))
		require.True(t, same, "what is held is written so that it is held")
		require.InDelta(t, got, again, 0)
	})
}
