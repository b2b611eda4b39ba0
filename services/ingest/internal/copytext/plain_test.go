package copytext

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asItself says of a byte that a text may hold it without anybody looking: ASCII, and
// nothing that COPY reads as more.
func asItself(b byte) bool { return b > '\r' && b < 0x80 && b != '\\' }

func TestNoByteOfANotPlainKindIsSkipped(t *testing.T) {
	t.Parallel()
	for b := range 256 {
		for at := range 24 {
			v := []byte(strings.Repeat("x", 24))
			v[at] = byte(b)

			n := plainBytes(v)

			if asItself(byte(b)) {
				require.Equal(t, 24, n, "%#x at %d", b, at)
			} else {
				require.Equal(t, at/8*8, n, "%#x at %d: its eight are looked at one by one", b, at)
			}
		}
	}
}

func TestShortTextsAreLookedAtByteByByte(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		require.Zero(t, plainBytes(make([]byte, n)))
	}
	require.Equal(t, 8, plainBytes([]byte("eightxyzand")))
}

// FuzzPlainBytes compares with a look at each byte, also where the bytes before one
// borrow from it or carry into it.
func FuzzPlainBytes(f *testing.F) {
	for _, seed := range []string{"", "7590-VHVEG and more", "\x0d\x0e\x0d\x0e\x0d\x0e\x0d\x0e", "\\\\\\\\\\\\\\\\", "\x7f\x80\x00\xff\x5b\x5d\x5c]", "ééééé tab\t"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		n := plainBytes(v)

		odd := slices.IndexFunc(v, func(b byte) bool { return !asItself(b) })
		if odd < 0 {
			odd = len(v)
		}
		require.Equal(t, odd/8*8, n, "%q", v)
	})
}

func TestEscapesStandWhereTheyStoodInLongTexts(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"12345678\t":          `12345678\t`,
		"1234567\t8":          `1234567\t8`,
		"12345678901234567\\": `12345678901234567\\`,
		"\n2345678\n":         `\n2345678\n`,
		"Zoë Smith-Doe\r\nII": `Zoë Smith-Doe\r\nII`,
	} {
		got, fault := appendText(nil, []byte(in), true)
		require.True(t, fault.Fits(), in)
		require.Equal(t, want, string(got), "%q", in)
	}
	_, fault := appendText(nil, []byte("12345678\x00"), false)
	require.Equal(t, HasNUL, fault)
	_, fault = appendText(nil, []byte("12345678\xff"), false)
	require.Equal(t, NotUTF8, fault)
	_, fault = appendText(nil, []byte("12345678\r"), false)
	require.Equal(t, StrayReturn, fault)
}
