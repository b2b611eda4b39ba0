package prose_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/prose"
)

func TestHasWord(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, word string
		want       bool
	}{
		{"u-4711 asked", "u-4711", true},
		{"asked for by u-4711.", "u-4711", true},
		{"u-4711", "u-4711", true},
		{"for \"U-4711\"", "u-4711", true},
		{"for jane@example.org, today", "jane@example.org", true},
		{"for Jane Doe's sake", "jane doe", true},
		{"u-47110 and u-4711", "u-4711", true},
		{"von Bärbel", "bärbel", true},
		{"ticket GDPR-4711", "4711", false},
		{"u-47110", "u-4711", false},
		{"xu-4711", "u-4711", false},
		{"äbc", "bc", false},
		{"aaaa", "aa", false},
		{"ticket", "", false},
		{"", "abc", false},
	} {
		require.Equal(t, tc.want, prose.HasWord(tc.text, tc.word), "%q in %q", tc.word, tc.text)
	}
}

func TestHasKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, key string
		want      bool
	}{
		{"u-4711 asked", " u-4711 ", true}, {"ask u01", "u01", true}, {"ask u1", "u1", false}, {"von äöü", "äöü", true},
		{"von äö", "äö", false}, {"a   b", "   ", false}, {"ticket 4711", "u-4711", false},
	} {
		require.Equal(t, tc.want, prose.HasKey(tc.text, tc.key), "%q in %q", tc.key, tc.text)
	}
}
