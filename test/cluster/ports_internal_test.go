package cluster

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPortsAreGivenToOneOnly(t *testing.T) {
	t.Parallel()
	var one, other block
	t.Cleanup(func() { require.NoError(t, one.claim.Close()); require.NoError(t, other.claim.Close()) })
	seen := map[string]bool{}
	for range blockOf - 20 {
		for _, b := range []*block{&one, &other} {
			address, err := b.free(t.Context())
			require.NoError(t, err)
			require.False(t, seen[address], "%s was given out before", address)
			seen[address] = true
		}
	}
}

func TestAPortThatIsListenedOnIsNotGivenOut(t *testing.T) {
	t.Parallel()
	var b block
	first, err := b.free(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.claim.Close()) })
	var lc net.ListenConfig
	l, err := lc.Listen(context.WithoutCancel(t.Context()), "tcp", first)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })

	for range 2 * blockOf {
		address, err := b.free(t.Context())
		require.NoError(t, err)
		require.NotEqual(t, first, address)
	}
}
