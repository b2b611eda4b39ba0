package charset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/charset"
)

func TestGuessesTheEncoding(t *testing.T) {
	t.Parallel()
	const other = ", of an encoding that is neither UTF-8 nor one of Western Europe"
	for in, want := range map[string]string{
		"": "", "plain": "", "Zoë ☃ 日本": "", "\ufffd": "",
		"caf\xe9":        "byte 0xE9, which is é in Windows-1252 and Latin-1",
		"\xc4rger":       "byte 0xC4, which is Ä in Windows-1252 and Latin-1",
		"5 \x80":         "byte 0x80, which is € in Windows-1252",
		"\x93quoted\x94": "byte 0x93, which is “ in Windows-1252",
		"na\xefve":       "byte 0xEF, which is ï in Windows-1252 and Latin-1",
		"Zo\xc3":         "byte 0xC3, which is Ã in Windows-1252 and Latin-1", "日本\xe9 ": "byte 0xE9, which is é in Windows-1252 and Latin-1",
		"\xe6\x97":                 "byte 0xE6, which begins a character of UTF-8 that is cut off",
		"\xed\xa0\xbd":             "byte 0xED, which begins half a pair of UTF-16 (CESU-8 writes so)",
		"\x81":                     "byte 0x81" + other,
		"\xcf\xf0\xe8\xe2\xe5\xf2": "byte 0xCF" + other,                     // Привет in Windows-1251
		"\x93\xfa\x96\x7b\x8c\xea": "byte 0x93, which is “ in Windows-1252", // Shift-JIS, short of a guess
		"x\xff":                    "byte 0xFF, which is ÿ in Windows-1252 and Latin-1",
	} {
		require.Equal(t, want, charset.Guess([]byte(in)), "%q", in)
	}
}

func FuzzGuess(f *testing.F) {
	for _, seed := range []string{"", "caf\xe9", "\xed\xa0", "\xf0\x9f\x98", "\xff\xff\xff\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		require.Equal(t, string(in) == string([]rune(string(in))), charset.Guess(in) == "", "%q: whatever is no UTF-8 is named, and nothing else", in)
	})
}
