package copytext_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
)

func TestJSONIsTakenAsItIsWritten(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{}`: `{}`, `[]`: `[]`, `null`: `null`, ` true `: ` true `, `-0.50e+3`: `-0.50e+3`, `"é"`: `"é"`,
		`{"a": [1, {"b": null}], "c": "x"}`: `{"a": [1, {"b": null}], "c": "x"}`,
		`"a\nb\u00e9\ud83d\ude00\\"`:        `"a\\nb\\u00e9\\ud83d\\ude00\\\\"`,
		"[1,\n\t2]":                         `[1,\n\t2]`,
		`{"a":{"a":1},"b":{"a":1}}`:         `{"a":{"a":1},"b":{"a":1}}`, // names count within their object
		`[0e99]`:                            `[0e99]`,
	} {
		got, fault := copytext.Of(jsonb, nil).Append(nil, []byte(in), false)
		require.Equal(t, copytext.OK, fault, in)
		require.Equal(t, want, string(got), in)
	}
}

func TestWhatJSONBDoesNotHold(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	names := func(last string) string {
		var b strings.Builder
		for _, name := range strings.Split("abcdefghijkl", "") {
			b.WriteString(`"` + name + `":1,`)
		}
		return "{" + b.String() + `"` + last + `":1}`
	}
	for in, want := range map[string]copytext.Fault{
		`{'a': 1}`: copytext.NotJSON, `{a: 1}`: copytext.NotJSON, `{"a": 1,}`: copytext.NotJSON, `[1 2]`: copytext.NotJSON,
		`{"a"}`: copytext.NotJSON, `[`: copytext.NotJSON, `"`: copytext.NotJSON, `"\`: copytext.NotJSON, `"\x"`: copytext.NotJSON,
		`"\u12"`: copytext.NotJSON, "\"\x01\"": copytext.NotJSON, "\"\\n\x01\"": copytext.NotJSON, `01`: copytext.NotJSON, `+1`: copytext.NotJSON,
		`.5`: copytext.NotJSON, `1.`: copytext.NotJSON, `1e`: copytext.NotJSON, `NaN`: copytext.NullWord, `nul`: copytext.NotJSON,
		`[] []`: copytext.NotJSON, ` `: copytext.Blanks, `{"a":1 "b":2}`: copytext.NotJSON, "\uFEFF{}": copytext.StrayMark, `{"a":}`: copytext.NotJSON,
		"\"\xff\"": copytext.NotUTF8, "\"\x00\"": copytext.HasNUL,
		`"\u0000"`: copytext.EscapedNUL, `{"\u0000":1}`: copytext.EscapedNUL,
		`"\ud83d"`: copytext.HalfPair, `"\ude00"`: copytext.HalfPair, `"\ud83d\u0041"`: copytext.HalfPair,
		`{"a":1,"a":1}`: copytext.RepeatedName, `{"a":1,"\u0061":2}`: copytext.RepeatedName, `[{"x":{"y":1,"y":2}}]`: copytext.RepeatedName,
		names("l"): copytext.RepeatedName, names("a"): copytext.RepeatedName, names("m"): copytext.OK,
		deep(100): copytext.OK, deep(101): copytext.TooDeep, strings.Repeat("[", 1_000_000): copytext.TooDeep,
		`1e131071`: copytext.OK, `1e131072`: copytext.TooManyDigits, `1e-16383`: copytext.OK, `[1e-16384]`: copytext.TooManyDecimals,
		`1e999999999999999999999`: copytext.TooManyDigits, `0e999999999`: copytext.TooManyDigits, `0e-99999`: copytext.TooManyDecimals,
	} {
		_, fault := copytext.Of(jsonb, nil).Append(nil, []byte(in), false)
		require.Equal(t, want, fault, in[:min(len(in), 80)])
	}
}

// FuzzJSON compares what is JSON with Go's own reader of it.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50e-3,"x\u00e9"],"b":null}`, `"\ud83d\ude00"`, `[[[]]]`, `-0.0`, `{"a":1,"a":2}`, `tru`, `1e5`} {
		f.Add([]byte(seed))
	}
	column := copytext.Of(jsonb, nil)
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) == 0 || !utf8.Valid(in) {
			return
		}
		_, fault := column.Append(nil, in, false)
		valid := json.Valid(in)
		if fault == copytext.OK && !valid {
			t.Fatalf("taken, and no JSON: %q", in)
		}
		if (fault == copytext.NotJSON || fault == copytext.NullWord || fault == copytext.StrayReturn) && valid {
			t.Fatalf("JSON, and not taken: %q", in)
		}
	})
}
