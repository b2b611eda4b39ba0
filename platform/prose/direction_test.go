package prose_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/prose"
)

func TestTurnsText(t *testing.T) {
	t.Parallel()
	for _, r := range "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		require.True(t, prose.TurnsText(r), "%U", r)
	}
	for _, r := range "a é–…\u05d0\u0627\u200d\u2029" { // letters that run to the left are no such thing
		require.False(t, prose.TurnsText(r), "%U", r)
	}
}
