package unseen_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

const (
	nfc = "Zo\u00eb"
	nfd = "Zoe\u0308"
)

func TestTrimTakesOffWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "abc": "abc", " abc": "abc", "abc ": "abc", "\tabc\r\n": "abc", "a b": "a b", "  ": "",
		"\u00a0abc\u00a0": "abc", "\u200babc": "abc", "abc\ufeff": "abc", "\ufeff abc": "abc", "\u2060\u3000abc": "abc",
		"\u3164": "", "\u2800x": "x", "\x01abc\x00": "abc", "é ": "é", " \u0308x": "\u0308x",
		"\xffabc ": "\xffabc", " abc\xe2\x80": "abc\xe2\x80", "a\u200bb": "a\u200bb", "❤\ufe0f": "❤\ufe0f",
	} {
		require.Equal(t, want, string(unseen.Trim([]byte(in))), "%q", in)
	}
}

func TestEdgesAreNamedByCodePoint(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"abc": "", "": "", "a b": "", nfd: "",
		"abc ": "U+0020 at its end", "\u00a0abc": "U+00A0 at its beginning",
		"\ufeffabc\u200b":           "U+FEFF at its beginning and U+200B at its end",
		"abc     ":                  "U+0020 U+0020 U+0020 and 2 more at its end",
		" ":                         "U+0020 and nothing else",
		"\u200b\u00a0":              "U+200B U+00A0 and nothing else",
		"aa" + nfd + "\u202f\u2028": "U+202F U+2028 at its end",
	} {
		require.Equal(t, want, unseen.Edges([]byte(in)), "%q", in)
	}
}

func TestTextsThatLookAlikeHaveOneForm(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{nfc, nfd, nfd + " ", "\ufeff" + nfc, "\u00a0" + nfd + "\u200b"},
		{"abc", "abc ", " abc", "\u2003abc"},
		{"\u212b", "\u00c5", "A\u030a"}, // the Ångström sign is a letter
		{"\uac00", "\u1100\u1161"},      // Hangul
		{"abcd", "ab\u200bcd", "ab\u00adcd", "a\u200eb\u200fcd", "\u202aabcd\u202c", "ab\u2060cd", "ab\ufeffcd ", "\u2067abcd\u2069"},
		{"abcd", "ab\u034fcd", "ab\u2065cd", "ab\u17b4cd", "ab\U0001bca0cd", "ab\U0001d173cd", "ab\U000e0001cd", "ab\ufff9cd", "ab\u0080cd", "ab\u009fcd", "abcd\x7f", "\x7fabcd"},
		{nfc, "Zoe\u200b\u0308", "Z\u00adoe\u0308"}, // what is hidden keeps no mark from its letter
		{"שלום", "ש\u200fלום", "\u061cשלום"},
	} {
		for _, other := range same[1:] {
			require.Equal(t, string(unseen.Form([]byte(same[0]))), string(unseen.Form([]byte(other))), "%q %q", same[0], other)
			require.True(t, unseen.Alike([]byte(same[0]), []byte(other)))
		}
		require.False(t, unseen.Alike([]byte(same[0]), []byte(same[0])), "the same text is not merely alike")
	}
	for _, pair := range [][2]string{{"Abc", "abc"}, {nfc, "Zoe"}, {"a b", "ab"}, {"①", "1"}, {"ﬁ", "fi"}, {"a\u00a0b", "a b"},
		{"می\u200cخواهم", "میخواهم"}, {"👩\u200d💻", "👩💻"}, {"❤\ufe0f", "❤"},
		{"🏴\U000e0067\U000e0062\U000e007f!", "🏴!"}, {"a\u3164b", "ab"}, {"ab\u0085cd", "abcd"}} {
		require.False(t, unseen.Alike([]byte(pair[0]), []byte(pair[1])), "%q %q: people see the difference", pair[0], pair[1])
	}
}

func TestDifferencesAreNamed(t *testing.T) {
	t.Parallel()
	require.Equal(t, "U+0065 U+0308 for U+00EB", unseen.Differ([]byte(nfd), []byte(nfc)))
	require.Equal(t, "U+0020 for nothing", unseen.Differ([]byte("abc "), []byte("abc")))
	require.Equal(t, "nothing for U+FEFF", unseen.Differ([]byte("abc"), []byte("\ufeffabc")))
	require.Equal(t, "U+0061 U+0062 U+0063 and 1 more", unseen.CodePoints([]byte("abcd")))
}

func TestWhatIsHiddenInsideIsNamed(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "abc": "", nfc: "", nfd: "", "\u200babc\u200b": "", "a\u00a0b": "", "👩\u200d💻": "", "می\u200cخواهم": "",
		"a\u200bb": "U+200B inside", "a\u00adb\u200ec": "U+00AD U+200E inside", "\ufeffa\ufeffb": "U+FEFF inside",
		"a\u202a\u202b\u202c\u202db": "U+202A U+202B U+202C and 1 more inside",
	} {
		require.Equal(t, want, unseen.Inside([]byte(in)), "%q", in)
	}
}

func TestOdditiesAreNamed(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "abc": "", nfc: "", "a b": "",
		nfd:                "U+0065 U+0308 for U+00EB",
		"abc ":             "U+0020 at its end",
		"\u00a0" + nfd:     "U+00A0 at its beginning, U+0065 U+0308 for U+00EB",
		"a\u200bb":         "U+200B inside",
		" Zo\u00ade\u0308": "U+0020 at its beginning, U+00AD inside, U+0065 U+0308 for U+00EB",
		nfd + "\u200b ":    "U+200B U+0020 at its end, U+0065 U+0308 for U+00EB",
	} {
		require.Equal(t, want, unseen.Oddity([]byte(in)), "%q", in)
	}
}

// FuzzForm holds what comparing by form relies on: a form is its own form, trims as its
// text does, and stays UTF-8.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"", " ", nfc, nfd, " \u0308x", "\ufeff\u1100\u1161\u11a8 ", "\u0344", "\u2000a", "e\u200b\u0308", "\u00ad \u0308", "a\u0300\u0328", "\xff \xe2\x80"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		form := append([]byte(nil), unseen.Form(append([]byte(nil), in...))...)

		require.Equal(t, string(form), string(unseen.Form(append([]byte(nil), form...))))
		require.Equal(t, len(unseen.Trim(in)) == len(in), unseen.Edges(in) == "")
		require.Equal(t, utf8.Valid(in), utf8.Valid(in) && utf8.Valid(form))
		require.Equal(t, string(form) == string(in), unseen.Oddity(in) == "")
		if len(unseen.Trim(in)) == 0 {
			require.Empty(t, form)
		}
	})
}
