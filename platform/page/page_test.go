package page_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestSize(t *testing.T) {
	t.Parallel()
	for requested, want := range map[int32]int{0: 50, 1: 1, 50: 50, 1000: 1000} {
		require.Equal(t, want, page.Size(requested))
	}
}

func TestTokensComeBack(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"run_01", "a", "é/+ ?", `{"as_of":"2024-01-31"}`, ""} {
		got, err := page.Key(page.Token(key))

		require.NoError(t, err)
		require.Equal(t, key, got)
	}
	require.Empty(t, page.Token(""))
	require.Regexp(t, `^[\w-]+$`, page.Token("é/+ ?~~~"), "a token stands in a URL as it is")
}

func TestKeyRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	encode := base64.RawURLEncoding.EncodeToString
	for _, token := range []string{"?", "no token!", "cnVuXzE=", encode([]byte("a\x00")), encode([]byte("\xff"))} {
		_, err := page.Key(token)

		require.True(t, problem.Is(err, problem.InvalidRequest), token)
		p := problem.FromError(err)
		require.Contains(t, p.Message, token)
		require.Equal(t, []problem.Violation{{
			Subject: "page_token", Description: strings.TrimPrefix(p.Message, "page_token: "),
		}}, p.Violations)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	key := func(s string) string { return "key of " + s }
	for name, c := range map[string]struct {
		found, entries []string
		next           string
	}{
		"nothing":      {nil, nil, ""},
		"less":         {[]string{"a"}, []string{"a"}, ""},
		"a whole page": {[]string{"a", "b"}, []string{"a", "b"}, ""},
		"one more":     {[]string{"a", "b", "c"}, []string{"a", "b"}, page.Token("key of b")},
	} {
		entries, next := page.Cut(c.found, 2, key)

		require.Equal(t, c.entries, entries, name)
		require.Equal(t, c.next, next, name)
	}
}
