package nearest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/nearest"
)

func TestGuessesEnd(t *testing.T) {
	t.Parallel()
	known := []string{"user_id"}
	var g, other nearest.Guesses
	for range 10 {
		require.Equal(t, "user_id", g.Name("userid", known))
		require.Equal(t, `: did you mean "user_id"?`, g.Hint("userid", known))
	}
	require.Empty(t, g.Name("userid", known))
	require.Empty(t, g.Hint("userid", known))
	require.False(t, g.More())
	require.True(t, other.More(), "each document has guesses of its own")
}
