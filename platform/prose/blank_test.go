package prose_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/prose"
)

func TestBlank(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "\t\n", "\u00a0", "\u200b", "\u200b \u2060\ufeff", "\u3164", "\u2800", "\u202e", "\u0301", "\U000e0041", "\x00"} {
		require.True(t, prose.Blank(text), "%q", text)
	}
	for _, text := range []string{"x", " x ", "\u200bx", "é", "e\u0301", "訂正", "0", "-", "🙂"} {
		require.False(t, prose.Blank(text), "%q", text)
	}
}
