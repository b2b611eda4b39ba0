package expectation

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnExponentIsWrittenOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "-0": "-0", "007.50": "007.50", "+5": "+5",
		"1e3": "1000", "1E+3": "1000", "-1.5e3": "-1500", "1.5e0": "1.5", "1e-3": "0.001", "-12.34e-1": "-1.234", "12.34e1": "123.4", "100e-2": "1",
		"0e999": "0", "0.000e-5": "0", "000123e-1": "12.3", "+1.e": "", "0.05e1": "0.5", "0.05e2": "5",
		"": "", "e3": "", "1e": "", "1e+": "", "1e3.5": "", "1_0": "", "0x1p3": "", "NaN": "", "1 e3": "", ".5e1": "",
		"1e1100": "", "1e99999999999999999999": "", "1e-1099": "", "1e1099": "1" + strings.Repeat("0", 1099),
		strings.Repeat("9", 1101): "",
	} {
		got, ok := plain(text)
		require.Equal(t, want != "", ok, text)
		if ok {
			require.Equal(t, want, got, text)
		}
	}
}

// FuzzPlain holds what is written out to the number that it is.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"1e3", "-0.050E-7", "0e5", "+12.340e1", "1e-1000", "00.1e2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written, ok := plain(text)
		if !ok {
			return
		}
		require.NotContains(t, strings.ToLower(written), "e")
		want, _ := new(big.Rat).SetString(text)
		got, ok := new(big.Rat).SetString(written)
		require.True(t, ok, written)
		require.Zero(t, want.Cmp(got), "%s is written %s", text, written)
	})
}
