package format

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
)

// numeric is a decimal as PostgreSQL sends it.
func numeric(t testing.TB, text string) []byte {
	t.Helper()
	var n pgtype.Numeric
	require.NoError(t, n.Scan(text))
	raw, err := pgtype.NewMap().Encode(pgtype.NumericOID, pgtype.BinaryFormatCode, n, nil)
	require.NoError(t, err)
	return raw
}

// written is a number at a scale, in words that a person can compare.
func written(n number, scale int) string {
	value := new(big.Int).SetUint64(n.magnitude.hi)
	value.Lsh(value, 64).Or(value, new(big.Int).SetUint64(n.magnitude.lo))
	text := value.String()
	if scale > 0 {
		text = strings.Repeat("0", max(0, scale+1-len(text))) + text
		text = text[:len(text)-scale] + "." + text[len(text)-scale:]
	}
	if n.negative {
		text = "-" + text
	}
	return text
}

func TestDecimalsAreReadExactly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		scale int
		want  string
	}{
		{"0", 0, "0"}, {"0", 4, "0.0000"}, {"1", 0, "1"}, {"-1", 2, "-1.00"}, {"0.01", 2, "0.01"}, {"0.01", 3, "0.010"},
		{"10000", 0, "10000"}, {"100000000", 1, "100000000.0"}, {"12345.678", 3, "12345.678"}, {"12345.678", 5, "12345.67800"},
		{"24.483650766787413", 15, "24.483650766787413"}, {"-0.00001", 5, "-0.00001"}, {"0.0001", 4, "0.0001"},
		{strings.Repeat("9", 38), 0, strings.Repeat("9", 38)}, {strings.Repeat("9", 37) + ".9", 1, strings.Repeat("9", 37) + ".9"},
		{"0." + strings.Repeat("9", 38), 38, "0." + strings.Repeat("9", 38)}, {"1" + strings.Repeat("0", 37), 0, "1" + strings.Repeat("0", 37)},
	} {
		n, why := decimal(numeric(t, test.text), test.scale)
		require.Empty(t, why, test.text)
		require.Equal(t, test.want, written(n, test.scale))
	}
}

func TestDecimalsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		raw   []byte
		scale int
		why   string
	}{
		{numeric(t, "0.01"), 1, "one of more than 1 decimal places"},
		{numeric(t, "1.00001"), 4, "one of more than 4 decimal places"},
		{numeric(t, "1.000000001"), 2, "one of more than 2 decimal places"},
		{numeric(t, strings.Repeat("9", 39)), 0, "one of more digits"},
		{numeric(t, strings.Repeat("9", 60)), 0, "one of more digits"},
		{numeric(t, "9"), 39, "one of more digits"},
		{numeric(t, "NaN"), 2, "a NaN or an infinity"},
		{numeric(t, "Infinity"), 2, "a NaN or an infinity"},
		{numeric(t, "-Infinity"), 2, "a NaN or an infinity"},
		{[]byte{0, 1}, 2, "2 bytes that are no numeric"},
		{[]byte{0, 9, 0, 0, 0, 0, 0, 0, 0, 1}, 2, "10 bytes that are no numeric"},
	} {
		_, why := decimal(test.raw, test.scale)
		require.Equal(t, test.why, why)
	}
}

// Whatever the digits, what is read is what was written.
func TestDecimalsAreThoseOfBigNumbers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		scale := r.IntN(20)
		before := r.IntN(maxDigits - scale)
		text := fmt.Sprintf("%s.%s", digitsOf(r, before+1), digitsOf(r, scale+1)[:scale])
		text = strings.TrimSuffix(text, ".")
		want, ok := new(big.Rat).SetString(text)
		require.True(t, ok, text)

		n, why := decimal(numeric(t, text), scale)

		require.Empty(t, why, text)
		got, ok := new(big.Rat).SetString(written(n, scale))
		require.True(t, ok)
		require.Zero(t, want.Cmp(got), "%s: %s", text, written(n, scale))
	}
}

// digitsOf draws n digits, many of them zeros, so that groups of four are empty too.
func digitsOf(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("00000123456789"[r.IntN(14)])
	}
	return b.String()
}

// FuzzDecimal checks that no bytes make decimal panic, and that what it takes is below
// what a decimal holds.
func FuzzDecimal(f *testing.F) {
	f.Add(numeric(f, "12345.678"), 3)
	f.Add(numeric(f, "NaN"), 3)
	f.Add([]byte{0, 1, 0x7f, 0xff, 0, 0, 0, 0, 0, 1}, 38)
	f.Add([]byte{0, 1, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff}, 0)
	f.Fuzz(func(t *testing.T, raw []byte, scale int) {
		n, why := decimal(raw, min(max(scale, 0), maxDigits))
		if why == "" {
			require.Zero(t, n.magnitude.hi>>63)
		}
	})
}
