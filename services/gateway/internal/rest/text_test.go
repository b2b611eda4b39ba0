package rest

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// What is wrong with a body is said by where it stands.
func TestABodyIsRefusedByItsPlace(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"source": "\ud800"}`:            `the body is no text: line 1, column 13: \ud800 is half of a pair: want both, as in \ud83d\ude00, or the character itself`,
		"{\n \"source\": \"a\\uDFFFb\"}":  `the body is no text: line 2, column 14: \uDFFF is half of a pair`,
		`{"source": "\ud83d\u0041"}`:      `column 13: \ud83d is half of a pair`,
		`{"source": "\ud83d", "a": "\n"}`: `column 13: \ud83d is half of a pair`,
		`{"\udc00": 1}`:                   `column 3: \udc00 is half of a pair`,
		"{\"source\": \"\xff\"}":          `the body is no UTF-8: line 1, column 13: found the byte 0xff: send the body in UTF-8`,
		"{\"source\": \"\xed\xa0\x80\"}":  `column 13: found the byte 0xed`,
		`{"source": "a`:                   `the body is no JSON: line 1, column 13: unexpected end of JSON input`,
		`{"source": "a"`:                  `the body is no JSON: line 1, column 14: unexpected end of JSON input`,
		`{`:                               `line 1, column 1: unexpected end of JSON input`,
		`{"source": "\ud8`:                `line 1, column 16: invalid character`,
		`{"source": "\u12x4"}`:            `line 1, column 17: invalid character 'x' in \u hexadecimal character escape`,
		`{} {}`:                           `line 1, column 4: invalid character '{' after top-level value`,
		"{}\n\nx":                         `line 3, column 1: invalid character 'x' after top-level value`,
		"\xef\xbb\xbf{}":                  `line 1, column 1: invalid character`,
		`nul`:                             `line 1, column 3: invalid character`,
		`null`:                            `the body is null: want a JSON object`,
		`[]`:                              `the body is no JSON object`,
	} {
		_, err := checkBody(&contract.Operation{}, nil, []byte(body))
		require.ErrorContains(t, err, want, "%q", body)
	}
	for _, body := range []string{"", "  \n", `{}`, `{"a": "\ud83d\ude00 \\ud800 \n \" \u0041 \ufffd ü 😀"}`, `{"a": "\\\ud83d\ude00"}`} {
		_, err := checkBody(&contract.Operation{}, nil, []byte(body))
		require.NoError(t, err, "%q", body)
	}
}

// FuzzText holds what is let through against the decoder that reads it then.
func FuzzText(f *testing.F) {
	for _, text := range []string{`\ud800`, `\ud83d\ude00`, `\\ud800`, "\xff", `\udc00\ud800`, `\u00e4\n`, `\ud800\ud800\udc00`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body := []byte(`"` + text + `"`)
		if !json.Valid(body) || strings.Contains(text, "\u0000") {
			return
		}
		err := protojson.Unmarshal(body, &structpb.Value{})
		if checkText(body) == nil {
			require.NoError(t, err)
			return
		}
		require.Error(t, err)
		require.True(t, !utf8.ValidString(text) || strings.Contains(text, `\u`))
	})
}
