package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/bearer"
)

// Kubernetes writes another token into the file before the one that is there ends.
func TestATokenFileIsReadWithEachCall(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	first, second := bearer.New(bearer.Token), bearer.New(bearer.Token)
	require.NoError(t, os.WriteFile(path, []byte(first), 0o600))
	source, err := (&app{}).tokenOfFile(path)
	require.NoError(t, err)
	now := func() string {
		token, err := source(t.Context())
		require.NoError(t, err)
		return token
	}
	require.Equal(t, first, now())
	require.NoError(t, os.WriteFile(path, []byte(second), 0o600))
	require.Equal(t, second, now())
	require.NoError(t, os.WriteFile(path, []byte("half wri"), 0o600))
	require.Equal(t, second, now(), "the last one stands")
	require.NoError(t, os.Remove(path))
	require.Equal(t, second, now())
}
